using Godwit.Queues;

namespace Godwit.Metrics;

internal static partial class MetricTable
{
    private const string Reset = "; begins anew with \"reset counters\"";

    private static Metric[] Traffic() =>
    [
        Counter("godwit_messages_accepted_total", "messages", "Messages taken in, ours included" + Reset, static view => view.Traffic.In.Messages.Total),
        Counter("godwit_recipients_accepted_total", "recipients", "Recipients taken in" + Reset, static view => view.Traffic.In.Recipients.Total),
        Counter("godwit_accepted_bytes_total", "bytes", "Content of messages taken in" + Reset, static view => view.Traffic.In.Bytes.Total),
        Counter("godwit_messages_delivered_total", "messages",
            "Messages delivered, once for each transaction" + Reset, static view => view.Traffic.Out.Messages.Total),
        Counter("godwit_recipients_delivered_total", "recipients", "Recipients delivered" + Reset, static view => view.Traffic.Out.Recipients.Total),
        Counter("godwit_delivered_bytes_total", "bytes", "Content delivered, once for each transaction" + Reset, static view => view.Traffic.Out.Bytes.Total),
        Counter("godwit_recipients_deferred_total", "recipients",
            "Attempts at recipients that ended in \"later\"" + Reset, static view => view.Traffic.Deferred.Total),
        Counter("godwit_recipients_bounced_total", "recipients", "Recipients given up" + Reset, static view => view.Traffic.Bounced.Total),
        Counters("godwit_bounces_total", "recipients", "Recipients given up, by bounce category; those that an operator deleted are in none",
            "category", static view => view.Traffic.BounceCategories),
        Counters("godwit_destination_recipients_total", "recipients",
            "What became of recipients of the largest destinations (metrics-top-destinations); \"other\" is all others, and what one had before it was named",
            ["destination", "result"], Destinations),
        Histogram("godwit_time_to_deliver_seconds", "From acceptance to delivery, for each delivered recipient",
            -6, 18, static view => view.Traffic.TimeToDeliver),
    ];

    private static Metric[] Queues() =>
    [
        Gauge("godwit_queued_recipients", "recipients", "Recipients without a final fate", static view => view.Scheduler.Totals().Recipients),
        Gauge("godwit_queued_bytes", "bytes", "Content that they wait with, once for each recipient", static view => view.Scheduler.Totals().Bytes),
        Gauge("godwit_active_queues", "queues", "Queues with recipients", static view => view.Scheduler.Totals().Queues),
        Gauges("godwit_queues", "queues", "Queues by what they do, each in one state; some seconds old", ["state"], static (view, into) =>
        {
            foreach ((string state, int queues) in view.Census.Read().States)
            {
                into.Add(queues, state);
            }
        }),
        Gauges("godwit_queues_held", "queues", "Queues with mail that may not leave now, by what holds it; some seconds old", ["reason"], static (view, into) =>
        {
            foreach ((string reason, int queues) in view.Census.Read().Holds)
            {
                into.Add(queues, reason);
            }
        }),
        Gauges("godwit_destination_queued_recipients", "recipients",
            "Recipients that wait for the destinations with most of them, \"other\" for all others; some seconds old",
            ["destination"], QueuedByDestination),
    ];

    private static void Destinations(MetricView view, MetricSamples into)
    {
        foreach (DestinationFates fates in view.Destinations.Read())
        {
            into.Add(fates.Delivered, fates.Destination, "delivered");
            into.Add(fates.Deferred, fates.Destination, "deferred");
            into.Add(fates.Bounced, fates.Destination, "bounced");
        }
    }

    private static void QueuedByDestination(MetricView view, MetricSamples into)
    {
        QueueCensus census = view.Census.Read();
        foreach ((Mail.DomainName destination, long recipients) in census.Destinations)
        {
            into.Add(recipients, destination.Text);
        }

        into.Add(census.OtherRecipients, "other");
    }
}
