using System.Net;

namespace Godwit.Rehearsal;

/// <summary>Connections from one of our source addresses to everybody. Owned by one rehearsal.</summary>
/// <param name="index">Its place among the source addresses of the rehearsal.</param>
internal sealed class SourceTally(IPAddress? address, int index)
{
    /// <summary>As reports call it.</summary>
    public string Name => address?.ToString() ?? "(chosen by the system)";

    public int Index => index;

    public int Connections { get; private set; }

    /// <summary>The most at once.</summary>
    public int Peak { get; private set; }

    public void Open() => Peak = Math.Max(Peak, ++Connections);

    public void Close() => Connections--;
}
