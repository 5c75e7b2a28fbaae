namespace Godwit.Diagnostics;

/// <summary>What sessions with clients and connections to hosts met since the start.</summary>
public sealed class ProtocolCounters
{
    /// <summary>Connections of clients that were answered.</summary>
    public Tally SessionsIn { get; } = new();

    /// <summary>Connections of clients that were turned away: too many at once.</summary>
    public Tally ConnectionsRefused { get; } = new();

    /// <summary>Replies to clients by their class: <c>2xx</c> to <c>5xx</c>.</summary>
    public LabelledCounter RepliesSent { get; } = new();

    /// <summary>Connections to hosts by what became of them: <c>opened</c> or <c>failed</c>.</summary>
    public LabelledCounter ConnectionsOut { get; } = new();

    /// <summary>Handshakes with clients: version, and <c>ok</c> or <c>failed</c>.</summary>
    public LabelledCounter TlsIn { get; } = new();

    /// <summary>Handshakes with hosts: likewise.</summary>
    public LabelledCounter TlsOut { get; } = new();

    /// <summary>Authentications of clients: mechanism, and <c>ok</c> or <c>failed</c>.</summary>
    public LabelledCounter Auth { get; } = new();

    /// <summary>Messages to be signed: <c>ok</c> or <c>failed</c>.</summary>
    public LabelledCounter Signatures { get; } = new();
}
