// Reroutes that come back to where they began. The door in breaks the circle, so mail is delivered, but by a virtual MTA that nobody chose. Pools are left
// alone: which member would be next is not known here.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>reroute-to-virtual-mta</c> in a circle.</summary>
internal static class RerouteLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, static block => block.Last("reroute-to-virtual-mta") is { Value: string { Length: > 0 } }))
        {
            string? circle = domain.Patterns.Select(p => Circle(domain, p, settings)).FirstOrDefault(static way => way is not null);
            if (circle is not null)
            {
                problems.WarnFew("reroute", domain.Block.Last("reroute-to-virtual-mta")!.ValueAt, () =>
                    $"this leads in a circle, {circle}: the mail stays in the last "
                    + "virtual MTA before it closes; let the chain end in one that does not reroute");
            }
        }
    }

    private static string? Circle(WrittenDomain domain, DomainPattern pattern, ServerSettings settings)
    {
        string start = domain.Parent.Kind == BlockKind.VirtualMta ? domain.Parent.Argument : EnvelopeRecipient.DefaultVirtualMta;
        List<string> passed = [start];
        string target = domain.Effective(pattern, settings)?.RerouteToVirtualMta ?? "";
        while (target.Length > 0 && settings.VirtualMtas.TryGetValue(target, out VirtualMtaSettings? next))
        {
            if (passed.Contains(next.Name, StringComparer.OrdinalIgnoreCase))
            {
                // One that names itself only keeps its mail: that is how exceptions from a rule for all are written.
                return passed[^1].Equals(next.Name, StringComparison.OrdinalIgnoreCase) ? null : string.Join(" -> ", passed.Append(next.Name));
            }

            passed.Add(next.Name);
            var there = new WrittenDomain(new CheckedBlock(BlockKind.VirtualMta, next.Name, domain.Parent.At, 0), domain.Block, domain.Patterns);
            target = there.Effective(pattern, settings)?.RerouteToVirtualMta ?? "";
        }

        return null;
    }
}
