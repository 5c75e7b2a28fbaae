// Checks and seals that are asked for and cannot be had: a seal without a key, an outbound check without an address to check. Static.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Checks what is asked for about senders.</summary>
internal static class SenderCheckLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (CheckedDirective line in root.Lines())
        {
            if (line is { Directive.Name: "arc-seal", Value: DomainName { IsEmpty: false } domain } && !HasKey(settings, domain))
            {
                problems.Error(line.ValueAt, $"arc-seal: there is no domain-key for {domain.Text} at global level; mail would go on without a seal");
            }

            if (line is { Directive.Name: "check-spf-outbound", Value: true } && SystemsChoice(settings) is { } virtualMta)
            {
                problems.Once("spf outbound", line.At, ConfigSeverity.Warning,
                    $"check-spf-outbound: {virtualMta} sends from whatever address the system chooses, so its mail is not checked; add smtp-source-host");
            }
        }
    }

    /// <summary>Whether mail of some source is to be sealed.</summary>
    public static bool Seals(CheckedBlock root) => root.Lines().Any(line => line is { Directive.Name: "arc-seal", Value: DomainName { IsEmpty: false } });

    private static bool HasKey(ServerSettings settings, DomainName domain) =>
        settings.VirtualMtas[EnvelopeRecipient.DefaultVirtualMta].DomainKeys.SelectMany(list => list)
            .Any(key => key.Domain.Kind == DomainPatternKind.Exact ? key.Domain.Name == domain.Text : key.Domain.Matches(domain));

    private static string? SystemsChoice(ServerSettings settings) =>
        settings.VirtualMtas.Values.FirstOrDefault(each => each.SourceHosts.Any(host => host.Address is null))?.Name;
}
