// Open relays. A <source> is one when it relays for a block of addresses as wide as the internet and asks nobody to authenticate; so is a named
// source behind a listener that everyone can reach. Blocks inside the address space of private networks are not.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Settings;

/// <summary>Sources that send anybody's mail.</summary>
internal static class RelayLint
{
    /// <summary>Blocks this wide belong to no single owner of mail servers: a 256th of the IPv4 addresses, a registry's whole share of the IPv6 ones.</summary>
    private const int WideFourth = 8;
    private const int WideSixth = 16;

    /// <summary>Loopback, private, shared and link-local space (RFC 6890): not reached from the internet.</summary>
    private static readonly IPNetwork[] _inside =
    [
        .. new[] { "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10" }
            .Select(text => IPNetwork.Parse(text)),
    ];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings?.Listeners.All(l => IPAddress.IsLoopback(l.EndPoint.Address)) == true)
        {
            return; // Only this machine can connect.
        }

        var sources = new List<(IPNetwork Clients, CheckedBlock Block)>();
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Source))
        {
            if (ValueParsers.TryNetwork(block.Argument, out IPNetwork network))
            {
                sources.Add((network, block));
            }
        }

        foreach ((IPNetwork clients, CheckedBlock block) in sources.Where(s => IsWide(s.Clients)))
        {
            IEnumerable<CheckedBlock> applying = sources.Where(s => Covers(s.Clients, clients)).OrderBy(s => s.Clients.PrefixLength).Select(s => s.Block);
            if (block.Last("always-allow-relaying") is { Value: true } line && IsOpen(applying))
            {
                problems.Warn(line.At, $"open relay: everyone in {block.Argument} may send mail to anywhere; name your own addresses in <source>, "
                    + "or add \"require-auth yes\"");
            }
        }

        CheckDomains(root, problems);
        CheckListeners(root, sources, problems);
    }

    private static void CheckDomains(CheckedBlock root, ProblemList problems)
    {
        foreach (CheckedDirective line in root.All("relay-domain").Where(d => d.Value is "*"))
        {
            problems.Warn(line.ValueAt, "relay-domain * accepts mail for every domain from everyone: an open relay");
        }
    }

    private static void CheckListeners(CheckedBlock root, List<(IPNetwork Clients, CheckedBlock Block)> sources, ProblemList problems)
    {
        CheckedBlock[] everyone = [.. sources.Where(s => s.Clients.PrefixLength == 0).Select(s => s.Block)];
        foreach (WrittenListener listener in WrittenListener.Of(root).Where(l => !IsInside(l.Addresses)))
        {
            CheckedBlock[] named =
            [
                .. root.BlocksOf(BlockKind.Source)
                    .Where(b => listener.Source.Length > 0 && b.Argument.Equals(listener.Source, StringComparison.OrdinalIgnoreCase)),
            ];
            if (named.Any(b => b.Last("always-allow-relaying") is { Value: true }) && IsOpen(everyone.Concat(named)))
            {
                problems.Warn(listener.SourceAt, $"open relay: source={listener.Source} lets everyone who reaches {listener.Shown} send mail to "
                    + "anywhere; listen on an inside address, or add \"require-auth yes\" to the source");
            }
        }
    }

    /// <summary>Whether blocks that apply together, the general one first, serve clients, relay for them, and let them stay unknown.</summary>
    private static bool IsOpen(IEnumerable<CheckedBlock> applying)
    {
        (bool serves, bool relays, bool knows) = (true, false, false);
        foreach (CheckedBlock block in applying)
        {
            serves = block.Last("smtp-service") is { } service ? service.Value is not false : serves;
            relays = block.Last("always-allow-relaying") is { } relaying ? relaying.Value is true : relays;
            knows = block.Last("require-auth") is { } auth ? auth.Value is true : knows;
        }

        return serves && relays && !knows;
    }

    private static bool IsWide(IPNetwork clients) =>
        clients.PrefixLength <= (clients.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? WideFourth : WideSixth) && !IsInside(clients);

    private static bool IsInside(IPNetwork clients) => Array.Exists(_inside, block => Covers(block, clients));

    /// <summary>0/0 is everyone, whatever the family.</summary>
    private static bool Covers(IPNetwork outer, IPNetwork inner) =>
        outer is { PrefixLength: 0, BaseAddress.AddressFamily: AddressFamily.InterNetwork }
        || (outer.PrefixLength <= inner.PrefixLength && outer.BaseAddress.AddressFamily == inner.BaseAddress.AddressFamily
            && outer.Contains(inner.BaseAddress));
}
