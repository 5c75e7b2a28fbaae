// A message rate so low that mail dies of it. The rate spreads attempts evenly, so a queue has one attempt each period/count, and every retry
// takes one as well. Below one attempt in bounce-after all mail but the first bounces untried; below two, one temporary failure is the end.
// Anything faster is a matter of how much mail comes, which no configuration says, and is left alone.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Rates that <c>bounce-after</c> outruns.</summary>
internal static class RateLint
{
    private const string RateMember = nameof(DeliverySettings.MaxMsgRate);
    private const string LifeMember = nameof(DeliverySettings.BounceAfter);

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        // A block says one of the two or both; the other comes from elsewhere, at worst the worst there is. That leaves nothing to look at in most files.
        TimeSpan slowest = WrittenDomain.Values<Rate>(root, RateMember).Select(r => r.Interval).DefaultIfEmpty().Max();
        TimeSpan shortest = WrittenDomain.Values<TimeSpan>(root, LifeMember).Append(new DeliverySettings().BounceAfter).Min();
        bool MayComplain(CheckedBlock block) => IsTooSlow(
            WrittenDomain.Line(block, RateMember)?.Value is Rate rate ? rate.Interval : slowest,
            WrittenDomain.Line(block, LifeMember)?.Value is TimeSpan life ? life : shortest);

        foreach (WrittenDomain domain in WrittenDomain.Of(root, b => Place(b) is not null && MayComplain(b)))
        {
            string? complaint = domain.Patterns.Select(p => domain.Effective(p, settings)).OfType<DeliverySettings>()
                .Select(Complaint).FirstOrDefault(c => c is not null);
            if (complaint is not null)
            {
                problems.WarnFew("rate", Place(domain.Block)!.ValueAt, () => complaint);
            }
        }
    }

    private static CheckedDirective? Place(CheckedBlock block) => WrittenDomain.Line(block, RateMember) ?? WrittenDomain.Line(block, LifeMember);

    private static bool IsTooSlow(TimeSpan interval, TimeSpan life) => life > TimeSpan.Zero && interval * 2 > life;

    private static string? Complaint(DeliverySettings delivery)
    {
        TimeSpan interval = delivery.MaxMsgRate.Interval;
        TimeSpan life = delivery.BounceAfter;
        if (delivery.Kind != DeliveryKind.Smtp || !IsTooSlow(interval, life))
        {
            return null;
        }

        string numbers = $"max-msg-rate {ValueParsers.RateForm.Print(delivery.MaxMsgRate)} allows one attempt each {ValueParsers.PrintTime(interval)} "
            + $"and bounce-after is {ValueParsers.PrintTime(life)}";
        return interval > life
            ? $"{numbers}: {life / interval:0.##} recipients fit, so all but the first bounce untried; raise the rate or bounce-after"
            : $"{numbers}: a recipient that is put off once bounces before its next turn; raise the rate or bounce-after";
    }
}
