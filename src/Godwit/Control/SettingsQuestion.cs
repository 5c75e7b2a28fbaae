// The questions that a configuration answers by itself, whether or not a server runs on it: godwitd answers them from a file, Operator from what is in force.

using System.Net;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>What the settings of a queue, a virtual MTA, a pool or a source are.</summary>
public static class SettingsQuestion
{
    /// <summary>Whether a command asks for nothing but settings.</summary>
    public static bool IsAskedBy(OperatorCommand command) =>
        command.Verb is VerbId.ShowSettings or VerbId.ShowVirtualMtaSettings or VerbId.ShowSourceSettings;

    /// <summary>Answers a command for which <see cref="IsAskedBy"/> holds. What does not exist is refused, with a word about what does.</summary>
    public static OperatorReport Answer(ServerSettings settings, OperatorCommand command) => command.Verb switch
    {
        VerbId.ShowSettings => Queue(settings, command),
        VerbId.ShowVirtualMtaSettings => VirtualMta(settings, command),
        VerbId.ShowSourceSettings => Source(settings, command),
        _ => throw new InvalidOperationException($"{command.Name} is not about settings"),
    };

    private static OperatorReport Queue(ServerSettings settings, OperatorCommand command)
    {
        int slash = command.Operand.IndexOf('/', StringComparison.Ordinal);
        string domain = slash < 0 ? command.Operand : command.Operand[..slash];
        string name = slash < 0 ? EnvelopeRecipient.DefaultVirtualMta : command.Operand[(slash + 1)..];
        if (!DomainName.TryParse(domain, out DomainName destination))
        {
            return Refuse($"\"{domain}\" is not a domain name: write DOMAIN or DOMAIN/VMTA, for example bigmail.example/vmta-1");
        }

        if (!settings.VirtualMtas.TryGetValue(name, out VirtualMtaSettings? virtualMta))
        {
            return settings.Pools.TryGetValue(name, out PoolSettings? pool)
                ? Refuse($"{pool.Name} is a pool and has no queues: its mail goes through {Some(pool.Members)}. "
                    + $"Ask for one of them, or \"show vmta-settings {pool.Name}\"")
                : Unknown("virtual MTA", name, settings.VirtualMtas.Keys);
        }

        return new SettingsReport(
            $"{destination.Text}/{virtualMta.Name}",
            [settings.Origins.VirtualMta(virtualMta.Name), settings.Origins.Queue(destination, virtualMta.Name)],
            command.Origin,
            settings.ConfigFile,
            command.OnlySet);
    }

    private static OperatorReport VirtualMta(ServerSettings settings, OperatorCommand command) =>
        settings.VirtualMtas.TryGetValue(command.Operand, out VirtualMtaSettings? virtualMta)
            ? new SettingsReport(virtualMta.Name, [settings.Origins.VirtualMta(virtualMta.Name)], command.Origin, settings.ConfigFile, command.OnlySet)
            : settings.Pools.TryGetValue(command.Operand, out PoolSettings? pool)
                ? new SettingsReport(pool.Name, [settings.Origins.Pool(pool.Name)], command.Origin, settings.ConfigFile, command.OnlySet)
                : Unknown("virtual MTA or pool", command.Operand, settings.VirtualMtas.Keys.Concat(settings.Pools.Keys));

    private static OperatorReport Source(ServerSettings settings, OperatorCommand command)
    {
        bool isAddress = IPAddress.TryParse(command.Operand, out IPAddress? client);
        if (!isAddress && !settings.Origins.SourceNames.Contains(command.Operand, StringComparer.OrdinalIgnoreCase))
        {
            return Unknown("source", command.Operand, settings.Origins.SourceNames);
        }

        ExplainedSection section = settings.Origins.Source(client, isAddress ? "" : command.Operand);
        return new SettingsReport(command.Operand, [section], command.Origin, settings.ConfigFile, command.OnlySet);
    }

    private static MessageReport Unknown(string what, string name, IEnumerable<string> known) =>
        Refuse($"there is no {what} \"{name}\"{Spelling.Hint(name, known)}");

    private static MessageReport Refuse(string message) => new(ReportOutcome.Refused, message);

    /// <summary>A pool may have thousands of members; a sentence has not.</summary>
    private static string Some(IReadOnlyList<string> names) =>
        names.Count <= 5 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more";
}
