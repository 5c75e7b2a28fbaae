// What of the server is counted and sampled, and how it is told to others.

using Godwit.Diagnostics;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>Samples of the last hour and the last day.</summary>
    public TrafficHistory History { get; }

    /// <summary>What is wrong right now.</summary>
    public Alarms Alarms { get; }
}
