// From the name that an operator types to queues: those of that name, and those that share a provider's limits under it. Stateless.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds what a name means on the running server.</summary>
internal static class QueueNames
{
    /// <summary>Whether a queue is meant: by its own name, or by that of a group it belongs to now.</summary>
    public static Func<QueueKey, bool> Matcher(Scheduler scheduler, QueuePattern pattern)
    {
        if (!pattern.NamesRollup)
        {
            return pattern.Matches;
        }

        HashSet<QueueKey> members = [.. scheduler.Groups(pattern.Matches).SelectMany(group => group.Members)];
        return key => pattern.Matches(key) || members.Contains(key);
    }

    /// <summary>The provider of whose group this is the name, whether or not it has queues now; null when it is none.</summary>
    public static ProviderProfile? Provider(ServerSettings settings, QueuePattern pattern) =>
        pattern.NamesRollup ? settings.Providers.ByName(pattern.Destination[..^MxRollupRule.Ending.Length]) : null;

    /// <summary>Why a name with this ending means nothing that the configuration knows; empty when it does, or when a star leaves it open.</summary>
    public static string UnknownRollup(ServerSettings settings, QueuePattern pattern) =>
        !pattern.NamesRollup || QueuePattern.IsPattern(pattern.Destination) || Provider(settings, pattern) is not null
        || settings.MxRollups.Any(rule => rule.Rollup.Text.Equals(pattern.Destination, StringComparison.OrdinalIgnoreCase)) ? ""
        : $"there is no provider and no mx-rollup-list that makes \"{pattern.Destination}\""
            + Spelling.Hint(pattern.Destination, settings.Providers.Providers.Select(provider => provider.Name + MxRollupRule.Ending));

    /// <summary>Why the virtual MTA of a name does not exist; empty when it does, or when a star leaves it open.</summary>
    public static string UnknownVirtualMta(ServerSettings settings, QueuePattern pattern) =>
        QueuePattern.IsPattern(pattern.VirtualMta) || pattern.VirtualMta == EnvelopeRecipient.DefaultVirtualMta
        || settings.VirtualMtas.ContainsKey(pattern.VirtualMta) ? ""
        : $"there is no virtual MTA \"{pattern.VirtualMta}\" in the configuration";
}
