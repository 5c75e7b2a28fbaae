// From a reply to what the rules for replies say about it. Pure: reply + stage + rules. A pattern sees the code, a blank, and the lines joined by blanks, with
// the enhanced status once: "421 4.7.0 too many errors, come back later".
// Every rule that matches adds its actions; of those that exclude each other the first stands, and a timer belongs to the rule that brought its action.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Tries rules on replies.</summary>
public static class ReplyPatterns
{
    /// <summary>Characters of a reply that are looked at: what matters stands at its head, and the time of a match grows with the text.</summary>
    private const int MaxText = 2000;

    /// <summary>Patterns that may take their longest time for one reply (PcrePattern.MatchTime: a second in all); then the rest are not tried.</summary>
    private const int MaxGivenUp = 4;

    /// <summary>
    /// What a reply leads to. Refusals are looked at in every stage. Of replies that accept only the one to the end of data is, for <c>mode=normal</c> alone: a
    /// word like "blocked" in the text of a 250 is no reason to stop.
    /// </summary>
    /// <param name="own">The rules of the domain's own block, tried first.</param>
    /// <param name="list">The rules of its list.</param>
    /// <param name="shipped">The rule that comes with the program for such a text; asked for refusals that none of the user's rules knows.</param>
    /// <param name="begins">Counts a match of a rule with a threshold, and says whether it is reached; null begins with the first match.</param>
    public static ReplyConsequence Of(SmtpReply reply, SmtpStage stage, IReadOnlyList<ReplyRule> own, IReadOnlyList<ReplyRule> list,
        Func<string, ProviderReply?>? shipped = null, Func<object, Rate, bool>? begins = null)
    {
        ReplyActions possible = Possible(reply, stage);
        if (possible == ReplyActions.None || (own.Count + list.Count == 0 && shipped is null))
        {
            return ReplyConsequence.None;
        }

        var sum = new Sum { Possible = possible, Begins = begins };
        sum.Try(own, reply);
        sum.Try(list, reply);
        if (shipped is not null && !sum.Result.IsKnown && possible != ReplyActions.Normal && shipped(TextOf(reply)) is { } rule)
        {
            sum.Add(rule);
        }

        return sum.Result;
    }

    /// <summary>What a reply may lead to at all, by its kind.</summary>
    private static ReplyActions Possible(SmtpReply reply, SmtpStage stage)
    {
        const ReplyActions All = (ReplyActions)(-1);
        if (reply.IsTransient || reply.IsPermanent)
        {
            return stage == SmtpStage.Rcpt && reply.IsTransient ? All : All & ~ReplyActions.BounceRecipient;
        }

        return reply.IsPositive && stage == SmtpStage.EndOfData ? ReplyActions.Normal : ReplyActions.None;
    }

    private static string TextOf(SmtpReply reply)
    {
        string text = reply.ToString();
        return text.Length > MaxText ? text[..MaxText] : text;
    }

    /// <summary>The actions so far.</summary>
    private struct Sum
    {
        private ReplyConsequence? _result;
        private string? _text;
        private int _givenUp;

        public required ReplyActions Possible { get; init; }

        public required Func<object, Rate, bool>? Begins { get; init; }

        public readonly ReplyConsequence Result => _result ?? ReplyConsequence.None;

        public void Try(IReadOnlyList<ReplyRule> rules, SmtpReply reply)
        {
            for (int i = 0; i < rules.Count && _givenUp < MaxGivenUp; i++)
            {
                ReplyRule rule = rules[i];
                ReplyActions added = rule.Actions & Possible & ~ReplyRule.Excluded(Result.Actions);
                bool reacts = Possible != ReplyActions.Normal && !rule.Reaction.IsNone && Result.Reaction.IsNone;
                if (added == ReplyActions.None && !reacts)
                {
                    continue;
                }

                _text ??= TextOf(reply);
                if (rule.Pattern.IsMatch(_text, out bool ranOut))
                {
                    _result = Result with { IsKnown = true };
                    if (HasBegun(rule, rule.Reaction))
                    {
                        Add(rule, added);
                        Add(reacts ? rule.Reaction : ReplyReaction.None, rule.Scope);
                    }
                }
                else if (ranOut)
                {
                    _givenUp++;
                    _result = Result with { GivenUp = rule.Pattern };
                }
            }
        }

        /// <summary>What a rule that comes with the program says.</summary>
        public void Add(ProviderReply rule)
        {
            _result = Result with { IsKnown = true, Shipped = rule.Name };
            if (HasBegun(rule, rule.Reaction))
            {
                Add(rule.Reaction, rule.Scope);
            }
        }

        private readonly bool HasBegun(object rule, ReplyReaction reaction) =>
            reaction.Threshold.IsUnlimited || Begins is null || Begins(rule, reaction.Threshold);

        /// <summary>Words that have an action of the same meaning become it.</summary>
        private void Add(ReplyReaction reaction, ReplyScope? scope)
        {
            if (reaction.IsNone)
            {
                return;
            }

            ReplyActions also = (reaction.Has(ReactionActs.NextHost) ? ReplyActions.SkipMx : ReplyActions.None)
                | (reaction.Has(ReactionActs.Fail) ? ReplyActions.BounceRecipient : ReplyActions.None);
            _result = Result with
            {
                Actions = Result.Actions | (also & Possible & ~ReplyRule.Excluded(Result.Actions)),
                Reaction = reaction,
                Scope = scope,
            };
        }

        private void Add(ReplyRule rule, ReplyActions added)
        {
            _result = Result with
            {
                Actions = Result.Actions | added,
                BackoffFor = added.HasFlag(ReplyActions.Backoff) ? rule.BackoffToNormalAfter : Result.BackoffFor,
                ReenableAfter = added.HasFlag(ReplyActions.DisableSourceAddress) ? rule.ReenableAfter : Result.ReenableAfter,
            };
        }
    }
}
