// Addresses that this machine does not have: connections from them cannot be opened, mail through them waits.
// A file is often checked elsewhere. So when not one source address is here, that is said once, and never is it an error.

using System.Net;

namespace Godwit.Settings;

/// <summary>Source addresses and listeners of another machine.</summary>
internal static class SourceAddressLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        HashSet<IPAddress> local = [.. surroundings.LocalAddresses()];
        bool IsHere(IPAddress address) => IPAddress.IsLoopback(address) || local.Contains(address);

        List<(CheckedDirective Line, IPAddress[] Missing, bool SomeHere)> lines = [];
        foreach (CheckedDirective line in root.BlocksOf(BlockKind.VirtualMta).Prepend(root).SelectMany(b => b.Directives))
        {
            IPAddress[] addresses = AddressesOf(line);
            IPAddress[] missing = Array.FindAll(addresses, a => !IsHere(a));
            if (addresses.Length > 0)
            {
                lines.Add((line, missing, missing.Length < addresses.Length));
            }
        }

        if (lines.Count > 1 && !lines.Exists(l => l.SomeHere))
        {
            problems.Warn(lines[0].Line.ValueAt, $"not one of the source addresses in {lines.Count} lines is on this machine; "
                + "check the file where it will run, or add the addresses to an interface");
        }
        else
        {
            foreach ((CheckedDirective line, IPAddress[] missing, bool _) in lines.Where(l => l.Missing.Length > 0))
            {
                problems.WarnFew("source address elsewhere", line.ValueAt, () => Sentence(missing));
            }
        }

        foreach (WrittenListener listener in WrittenListener.Of(root).Where(l => l.IsSingle && !IsHere(l.Addresses.BaseAddress)))
        {
            problems.Warn(listener.At, $"{listener.Addresses.BaseAddress} is not on this machine, so nothing can be listened to there; add it to an interface");
        }
    }

    private static string Sentence(IPAddress[] missing) => missing.Length == 1
        ? $"{missing[0]} is not on this machine, so mail cannot leave from there; add it to an interface"
        : $"{missing.Length} addresses from {missing[0]} on are not on this machine, so mail cannot leave from there; add them to an interface";

    private static IPAddress[] AddressesOf(CheckedDirective line) => line switch
    {
        { Directive.Name: "smtp-source-host", Value: IReadOnlyList<SourceHost> hosts } => [.. hosts.Select(h => h.Address).OfType<IPAddress>()],
        { Directive.Name: "smtp-source-ip", Value: IPAddress address } => [address],
        { Directive.Name: "smtp-proxy-source-host", Value: ProxySourceHost host } => [host.Local],
        _ => [],
    };
}
