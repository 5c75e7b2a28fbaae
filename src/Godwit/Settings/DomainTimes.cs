// What one <domain> says about the times that decide how long mail lives and how often it is tried. For the checks; read without allocating, because
// a file may have a hundred thousand such blocks.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>The lines that count, under whichever name; null where the block does not speak of it.</summary>
internal readonly record struct DomainTimes(
    CheckedDirective? RateLine, CheckedDirective? StepsLine, CheckedDirective? RecipientLine, CheckedDirective? LifeLine)
{
    /// <summary>The time between two attempts that <c>max-msg-rate</c> allows; zero without a limit.</summary>
    public TimeSpan? Interval => RateLine?.Value is Rate rate ? rate.Interval : null;

    /// <summary>The longest step of <c>retry-after</c>.</summary>
    public TimeSpan? LongestStep => StepsLine?.Value is IReadOnlyList<TimeSpan> steps ? steps.Max() : null;

    /// <summary><c>retry-recipients-after</c></summary>
    public TimeSpan? Recipient => RecipientLine?.Value is TimeSpan wait ? wait : null;

    /// <summary><c>bounce-after</c></summary>
    public TimeSpan? Life => LifeLine?.Value is TimeSpan life ? life : null;

    public static DomainTimes Of(CheckedBlock block)
    {
        DomainTimes times = default;
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is not null)
            {
                times = line.Directive.Member switch
                {
                    nameof(DeliverySettings.MaxMsgRate) => times with { RateLine = line },
                    nameof(DeliverySettings.RetryAfter) => times with { StepsLine = line },
                    nameof(DeliverySettings.RetryRecipientsAfter) => times with { RecipientLine = line },
                    nameof(DeliverySettings.BounceAfter) => times with { LifeLine = line },
                    _ => times,
                };
            }
        }

        return times;
    }

    /// <summary>
    /// The worst of every block and of the defaults. What one block does not say comes from another or is the default, so it is never worse than this, and
    /// most blocks need no closer look.
    /// </summary>
    public static (TimeSpan Interval, TimeSpan Wait, TimeSpan Life) Worst(CheckedBlock root)
    {
        var defaults = new DeliverySettings();
        TimeSpan interval = defaults.MaxMsgRate.Interval;
        TimeSpan wait = Longer(defaults.RetryAfter.Max(), defaults.RetryRecipientsAfter);
        TimeSpan life = defaults.BounceAfter;
        foreach ((CheckedBlock _, CheckedBlock block) in WrittenDomain.Blocks(root))
        {
            DomainTimes times = Of(block);
            interval = Longer(interval, times.Interval ?? interval);
            wait = Longer(wait, Longer(times.LongestStep ?? wait, times.Recipient ?? wait));
            life = times.Life is { } shorter && shorter < life ? shorter : life;
        }

        return (interval, wait, life);
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
