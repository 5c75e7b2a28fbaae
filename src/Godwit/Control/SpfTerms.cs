using System.Net;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>What an operator wants to know about SPF.</summary>
/// <param name="Sender">The reverse-path; empty for none.</param>
/// <param name="Receiver">The host that asks.</param>
public sealed record SpfTerms(IPAddress Client, string Helo, string Sender, string Receiver)
{
    /// <summary>Name servers are asked over TCP only.</summary>
    public bool Tcp { get; init; }

    /// <summary>What they were asked and said is to be shown.</summary>
    public bool DumpPackets { get; init; }
}

/// <summary>The answer.</summary>
/// <param name="Steps">The records that were visited.</param>
public sealed record SpfExplanation(SpfVerdict Verdict, IReadOnlyList<string> Steps)
{
    /// <summary>Lines about what passed between us and the name servers; empty when nobody asked for them.</summary>
    public IReadOnlyList<string> Packets { get; init; } = [];
}
