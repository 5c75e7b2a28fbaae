namespace Godwit.Cli.Top;

/// <summary>The server at a glance. Rates are recipients a second since the last look; null at the first.</summary>
internal sealed record TopStatus(
    string Host,
    string State,
    string Started,
    double? AcceptedRate,
    double? DeliveredRate,
    double? DeferredRate,
    double? BouncedRate,
    long QueuedRecipients,
    long Queues,
    long ConnectionsIn,
    long ConnectionsOut)
{
    public static readonly TopStatus Unknown = new("", "asking", "", null, null, null, null, 0, 0, 0, 0);
}
