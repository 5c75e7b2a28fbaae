// Limits for backoff mode that are wider than the normal ones: a provider that asks for less would get more. Only what is written is blamed: the default of
// backoff-max-smtp-out is 20, whatever max-smtp-out says, and that is PowerMTA's doing.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Backoff mode that speeds mail up.</summary>
internal static class PaceLint
{
    private static readonly (string Backoff, string Normal, Func<DeliverySettings, Rate> BackoffRate, Func<DeliverySettings, Rate> NormalRate)[] _rates =
    [
        ("backoff-max-msg-rate", "max-msg-rate", d => d.BackoffMaxMsgRate ?? d.MaxMsgRate, d => d.MaxMsgRate),
        ("backoff-max-connect-rate", "max-connect-rate", d => d.BackoffMaxConnectRate ?? d.MaxConnectRate, d => d.MaxConnectRate),
        ("backoff-max-data-volume-rate", "max-data-volume-rate", d => d.BackoffMaxDataVolumeRate ?? d.MaxDataVolumeRate, d => d.MaxDataVolumeRate),
    ];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, HasLimit))
        {
            foreach ((string backoff, string normal, Func<DeliverySettings, Rate> backoffRate, Func<DeliverySettings, Rate> normalRate) in _rates)
            {
                Check(domain, backoff, normal, settings, problems, delivery => IsFaster(backoffRate(delivery), normalRate(delivery)));
            }

            Check(domain, "backoff-max-smtp-out", "max-smtp-out", settings, problems, static delivery => delivery.BackoffMaxSmtpOut > delivery.MaxSmtpOut);
        }
    }

    private static bool HasLimit(CheckedBlock block) =>
        block.Directives.Exists(static d => d.Value is not null && d.Directive.Name.StartsWith("backoff-max-", StringComparison.Ordinal));

    private static void Check(
        WrittenDomain domain, string backoff, string normal, ServerSettings settings, ProblemList problems, Func<DeliverySettings, bool> isWider)
    {
        if (domain.Block.Last(backoff) is { Value: not null } line
            && domain.Patterns.Select(p => domain.Effective(p, settings)).OfType<DeliverySettings>().Any(isWider))
        {
            problems.WarnFew(backoff, line.ValueAt, () => $"{backoff} is more than {normal} allows here, so backoff mode would send faster than normal mode; "
                + "write less than that, or leave the line out");
        }
    }

    private static bool IsFaster(Rate one, Rate other) =>
        !other.IsUnlimited && (one.IsUnlimited || (double)one.Count * other.Period.Ticks > (double)other.Count * one.Period.Ticks);
}
