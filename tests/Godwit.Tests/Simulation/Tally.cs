namespace Godwit.Tests.Simulation;

/// <summary>What happened over all histories: a simulation in which nothing goes wrong proves nothing.</summary>
internal sealed class Tally
{
    public long Histories { get; set; }

    public long Events { get; set; }

    public long Submitted { get; set; }

    public long Refused { get; set; }

    public long Delivered { get; set; }

    public long Bounced { get; set; }

    public long Deferred { get; set; }

    public long Expired { get; set; }

    public long Notices { get; set; }

    public long DelaysTold { get; set; }

    public long ConnectFailures { get; set; }

    public long UnknownFates { get; set; }

    public long Duplicates { get; set; }

    public long RepeatedRecords { get; set; }

    public long PowerFailures { get; set; }

    public long Kills { get; set; }

    public long CleanStops { get; set; }

    public long SpoolFaults { get; set; }

    public long FullDisks { get; set; }

    public long RateWaits { get; set; }

    public long Idles { get; set; }

    public long Restored { get; set; }

    /// <summary>Names of what never happened.</summary>
    public IEnumerable<string> Missing() =>
        GetType().GetProperties().Where(property => (long)property.GetValue(this)! == 0).Select(property => property.Name);

    public override string ToString() => string.Join(", ", GetType().GetProperties().Select(property => $"{property.Name} {property.GetValue(this)}"));
}
