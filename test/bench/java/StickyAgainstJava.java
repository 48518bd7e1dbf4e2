// Kafka's side of sticky-against-java.ts: times StickyAssignor on the group it is given, and prints milliseconds as JSON.

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;

public class StickyAgainstJava {
    public static void main(String[] arguments) {
        boolean isEqual = arguments[0].equals("equal");
        int members = Integer.parseInt(arguments[1]);
        int topics = Integer.parseInt(arguments[2]);
        int partitionsPerTopic = Integer.parseInt(arguments[3]);
        int warmUps = Integer.parseInt(arguments[4]);

        Cluster cluster = cluster(topics, partitionsPerTopic);
        Map<String, Assignment> none = Map.of();
        Map<String, Assignment> before = assign(cluster, group(members, topics, isEqual, none));
        double fresh = 0;
        double afterLeave = 0;
        for (int i = 0; i <= warmUps; i++) {
            fresh = time(cluster, group(members, topics, isEqual, none));
            Map<String, Subscription> rest = group(members, topics, isEqual, before);
            rest.remove(memberId(0));
            afterLeave = time(cluster, rest);
        }
        System.out.printf("{\"freshMs\": %f, \"afterLeaveMs\": %f}%n", fresh, afterLeave);
    }

    private static double time(Cluster cluster, Map<String, Subscription> group) {
        long start = System.nanoTime();
        Map<String, Assignment> assignment = assign(cluster, group);
        double ms = (System.nanoTime() - start) / 1e6;
        if (assignment.size() != group.size()) throw new IllegalStateException("members are missing");
        return ms;
    }

    private static Map<String, Assignment> assign(Cluster cluster, Map<String, Subscription> group) {
        return new StickyAssignor().assign(cluster, new GroupSubscription(group)).groupAssignment();
    }

    private static Cluster cluster(int topics, int partitionsPerTopic) {
        Node node = new Node(0, "localhost", 9092);
        Node[] replicas = {node};
        List<PartitionInfo> partitions = new ArrayList<>();
        for (int topic = 0; topic < topics; topic++)
            for (int partition = 0; partition < partitionsPerTopic; partition++)
                partitions.add(new PartitionInfo("topic-" + topic, partition, node, replicas, replicas));
        return new Cluster("cluster", List.of(node), partitions, Set.of(), Set.of());
    }

    private static Map<String, Subscription> group(int members, int topics, boolean isEqual, Map<String, Assignment> before) {
        Map<String, Subscription> group = new HashMap<>();
        for (int member = 0; member < members; member++) {
            List<String> wanted = new ArrayList<>();
            for (int topic = 0; topic < topics; topic++)
                if (isEqual || (member * 7 + topic * 3) % 5 < 3) wanted.add("topic-" + topic);
            StickyAssignor assignor = new StickyAssignor();
            Assignment last = before.get(memberId(member));
            int generation = last == null ? -1 : 1;
            if (last != null)
                assignor.onAssignment(last, new ConsumerGroupMetadata("group", generation, memberId(member), Optional.empty()));
            group.put(memberId(member), new Subscription(
                wanted, assignor.subscriptionUserData(new HashSet<>(wanted)), List.of(), generation, Optional.empty()));
        }
        return group;
    }

    private static String memberId(int member) {
        return String.format("consumer-%04d", member);
    }
}
