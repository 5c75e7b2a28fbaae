using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Tls;

namespace Godwit.Reception;

/// <summary>Where a client came in.</summary>
/// <param name="Tls">What TLS is spoken with there; null without a certificate.</param>
public sealed record SessionDoor(ListenerSettings Listener, ServerTls? Tls)
{
    /// <summary>Where its session counts what it meets.</summary>
    public ProtocolCounters Counters { get; init; } = new();
}
