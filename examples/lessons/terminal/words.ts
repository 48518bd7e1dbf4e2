// The terminal's own words. What a lesson says is in the lesson.
import type { Language } from '../lesson.ts'
import type { ConsumerState } from '../sight.ts'

export interface Words {
  readonly lesson: string
  readonly steps: (at: number, of: number) => string
  readonly committed: string
  readonly position: string
  readonly end: string
  readonly lag: string
  readonly nobody: string
  readonly states: Readonly<Record<ConsumerState | 'idle', string>>
  readonly noGroup: string
  readonly generation: (generation: number) => string
  readonly received: (count: number) => string
  readonly ofFifty: string
  readonly key: string
  readonly value: string
  readonly superseded: string
  readonly tombstone: string
  readonly earlier: (count: number) => string
  readonly further: (count: number) => string
  readonly happened: string
  readonly nothing: string
  readonly question: string
  readonly tryOut: string
  readonly right: string
  readonly wrong: (chosen: number, answer: number) => string
  readonly answer: (answer: number) => string
  readonly keysOfStep: string
  readonly keysOfQuestion: (choices: number) => string
  readonly keysOfEnd: string
  readonly goOn: (number: string) => string
}

const en: Words = {
  lesson: 'Lesson',
  steps: (at, of) => `step ${at} of ${of}`,
  committed: 'committed',
  position: 'position',
  end: 'end',
  lag: 'lag',
  nobody: 'no owner',
  states: {
    rests: 'rests',
    waits: 'waits',
    works: 'works',
    idle: 'idle',
    frozen: 'frozen',
    closed: 'closed',
    crashed: 'crashed',
  },
  noGroup: 'has not begun yet',
  generation: (generation) => `generation ${generation}`,
  received: (count) => `received ${count}`,
  ofFifty: 'one of 50 partitions',
  key: 'key',
  value: 'value',
  superseded: 'superseded',
  tombstone: 'null, a tombstone',
  earlier: (count) => `… and ${count} before them`,
  further: (count) => `… and ${count} more`,
  happened: 'What happened',
  nothing: 'nothing',
  question: 'Question',
  tryOut: 'tried out',
  right: 'Right.',
  wrong: (chosen, answer) => `You chose ${chosen}; it is ${answer}.`,
  answer: (answer) => `The answer is ${answer}.`,
  keysOfStep: 'space: go on   b: back   q: quit',
  keysOfQuestion: (choices) => `1–${choices}: answer   b: back   q: quit`,
  keysOfEnd: 'b: back   q: quit',
  goOn: (number) => `The next one: npm run lesson ${number}`,
}

const ko: Words = {
  lesson: '수업',
  steps: (at, of) => `${at}/${of}단계`,
  committed: 'Commit된 Offset',
  position: '위치(position)',
  end: '로그의 끝',
  lag: 'lag',
  nobody: '담당 없음',
  states: {
    rests: '쉼',
    waits: '대기',
    works: '처리 중',
    idle: '유휴',
    frozen: '정지',
    closed: '닫힘',
    crashed: '다운',
  },
  noGroup: '아직 시작하지 않음',
  generation: (generation) => `${generation}세대`,
  received: (count) => `${count}개 받음`,
  ofFifty: 'Partition 50개 중 하나',
  key: 'key',
  value: 'value',
  superseded: '새 Record로 대체됨',
  tombstone: 'null (tombstone)',
  earlier: (count) => `… 그 앞에 ${count}개`,
  further: (count) => `… 그 밖에 ${count}개`,
  happened: '일어난 일',
  nothing: '없음',
  question: '문제',
  tryOut: '확인',
  right: '맞다.',
  wrong: (chosen, answer) => `고른 답은 ${chosen}번이고, 정답은 ${answer}번이다.`,
  answer: (answer) => `정답은 ${answer}번이다.`,
  keysOfStep: 'space: 다음   b: 이전   q: 끝내기',
  keysOfQuestion: (choices) => `1–${choices}: 답 고르기   b: 이전   q: 끝내기`,
  keysOfEnd: 'b: 이전   q: 끝내기',
  goOn: (number) => `다음 수업: npm run lesson ${number} ko`,
}

const words: Readonly<Record<Language, Words>> = { en, ko }

export function wordsOf(language: Language): Words {
  return words[language]
}
