// All lessons, in the order in which they are taught.
import { pollLesson } from './01-poll.ts'
import { consumerOffsetLesson } from './02-consumer-offset.ts'
import type { Lesson } from './lesson.ts'

export const lessons: readonly Lesson[] = [pollLesson, consumerOffsetLesson]
