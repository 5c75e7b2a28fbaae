namespace Godwit.Metrics;

/// <summary>Recipients of one label by what became of them.</summary>
internal readonly record struct DestinationFates(string Destination, long Delivered, long Deferred, long Bounced)
{
    public DestinationFates Plus(DestinationFates other) =>
        this with { Delivered = Delivered + other.Delivered, Deferred = Deferred + other.Deferred, Bounced = Bounced + other.Bounced };

    public DestinationFates Less(DestinationFates other) =>
        this with { Delivered = Delivered - other.Delivered, Deferred = Deferred - other.Deferred, Bounced = Bounced - other.Bounced };

    /// <summary>One of its numbers is smaller.</summary>
    public bool IsLessThan(DestinationFates other) => Delivered < other.Delivered || Deferred < other.Deferred || Bounced < other.Bounced;
}
