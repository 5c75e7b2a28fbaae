// What a <pattern-list> says about the recipients of one message. Owned by the routing of one message and used by one thread.
// Entries about the message are tried once, entries about a recipient once for each; a pattern that ran out of time is not tried on this message again,
// so no message costs more than one time-out for each pattern.

using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>Walks through the lists for one message.</summary>
internal sealed class PatternWalk(ServerSettings server, ReadOnlyMemory<byte> header, string sender, Action<PatternRule> ranOut)
{
    /// <summary>Entries looked at for one recipient: lists that call each other in many ways end here, and decide nothing.</summary>
    internal const int MaxSteps = 1_000_000;

    private readonly Dictionary<PatternRule, bool> _known = new(ReferenceEqualityComparer.Instance);
    private string _recipient = "";
    private PatternResult? _forAll;
    private bool _isForAll;
    private bool _askedRecipient;
    private int _steps;

    /// <summary>The result of the first entry that matches and has one; null when the list decides nothing for this recipient.</summary>
    public PatternResult? ResultFor(PatternListSettings list, string recipient)
    {
        if (_isForAll)
        {
            return _forAll;
        }

        (_recipient, _steps, _askedRecipient) = (recipient, 0, false);
        PatternResult? result = Walk(list);
        if (!_askedRecipient)
        {
            // No entry about recipients was looked at: the others get the same answer.
            (_forAll, _isForAll) = (result, true);
        }

        return result;
    }

    private PatternResult? Walk(PatternListSettings list)
    {
        for (int i = 0; i < list.Entries.Count && _steps < MaxSteps; i++)
        {
            _steps++;
            PatternEntry entry = list.Entries[i];
            if (!Matches(entry.Rule))
            {
                continue;
            }

            PatternListSettings? next = entry.Inner ?? Called(entry.Rule.Result.CallTo);
            if (next is null)
            {
                return entry.Rule.Result;
            }

            // A list behind an entry that decides nothing leaves the word to the entries that follow.
            if (Walk(next) is { } result)
            {
                return result;
            }
        }

        return null;
    }

    private PatternListSettings? Called(string name) => name.Length == 0 ? null : server.PatternLists.GetValueOrDefault(name);

    private bool Matches(PatternRule rule)
    {
        if (rule.Pattern is null)
        {
            return true;
        }

        _askedRecipient |= rule.Subject == PatternSubject.RcptTo;
        if (_known.TryGetValue(rule, out bool known))
        {
            return known;
        }

        bool timedOut = false;
        bool matches = rule.Subject switch
        {
            PatternSubject.MailFrom => rule.Pattern.IsMatch(sender, out timedOut),
            PatternSubject.RcptTo => rule.Pattern.IsMatch(_recipient, out timedOut),
            _ => MatchesHeader(rule, out timedOut),
        };
        if (timedOut)
        {
            ranOut(rule);
        }

        if (timedOut || rule.Subject != PatternSubject.RcptTo)
        {
            _known[rule] = matches;
        }

        return matches;
    }

    /// <summary>Any field of that name will do. Its value is unfolded (RFC 5322 section 2.2.3); encoded words stay as they are.</summary>
    private bool MatchesHeader(PatternRule rule, out bool timedOut)
    {
        timedOut = false;
        var block = new HeaderBlock(header.Span);
        int position = 0;
        while (block.TryNext(position, out HeaderField field))
        {
            position = field.End;
            if (!Ascii.EqualsIgnoreCase(block.Octets.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8), rule.Header))
            {
                continue;
            }

            string value = Encoding.UTF8.GetString(block.Value(field)).Replace("\r\n", "", StringComparison.Ordinal).Replace('\t', ' ');
            if (rule.Pattern!.IsMatch(value, out timedOut) || timedOut)
            {
                return !timedOut;
            }
        }

        return false;
    }
}
