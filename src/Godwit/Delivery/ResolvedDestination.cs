using Godwit.Dns;

namespace Godwit.Delivery;

/// <summary>A destination's mail hosts by DNS, and what the configuration makes of them.</summary>
public sealed record ResolvedDestination(MxAnswer Answer)
{
    /// <summary>It is a rollup of the configuration, and DNS knows nothing of it.</summary>
    public bool IsRollup { get; init; }

    /// <summary>What DNS says of the domain decides where its mail goes: no smtp-hosts, queue-to, file or program stands before it.</summary>
    public bool DnsDecides { get; init; } = true;

    /// <summary>The configuration names hosts, and no address of any is known.</summary>
    public bool LacksHosts { get; init; }

    /// <summary>Sentences about what the configuration does with this mail; empty when DNS alone decides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The hosts that the configuration names instead, in the order to be tried; empty when it names none.</summary>
    public IReadOnlyList<string> ConfiguredHosts { get; init; } = [];

    /// <summary>How each host must prove itself, where that was asked.</summary>
    public IReadOnlyList<string> Proofs { get; init; } = [];

    /// <summary>What each host said, where it was asked to.</summary>
    public IReadOnlyList<HostGreeting> Greetings { get; init; } = [];
}

/// <summary>What came of one connection.</summary>
/// <param name="Host"><c>name (address)</c>.</param>
/// <param name="From">Our address, and the proxy it lies behind; empty when the system chooses it and nothing was connected.</param>
/// <param name="Text">Its greeting, or why there was none.</param>
public readonly record struct HostGreeting(string Host, string From, string Text)
{
    /// <summary>A delivery would hand mail over there: connection, greeting, TLS and AUTH are as the rules want them.</summary>
    public bool TakesMail { get; init; }

    /// <summary>What came of TLS with it; null when it was not tried.</summary>
    public string? Tls { get; init; }

    /// <summary>What came of authenticating there; null where the configuration does not ask for it.</summary>
    public string? Login { get; init; }
}
