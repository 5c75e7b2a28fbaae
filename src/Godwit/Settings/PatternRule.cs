// One line of <pattern-list>: which messages it is for, and what it does with them. Immutable.

using System.Globalization;
using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>What the pattern of a rule is tried on.</summary>
public enum PatternSubject : byte
{
    /// <summary>A header field, without its name.</summary>
    Header,
    MailFrom,
    RcptTo,

    /// <summary><c>*</c>: every message.</summary>
    Always,
}

/// <summary>What a rule does.</summary>
/// <param name="VirtualMta">A virtual MTA or pool; empty leaves the choice.</param>
/// <param name="RecipientPriority">0 to 100; null leaves it.</param>
/// <param name="CallTo">Another list that decides; empty when none.</param>
public sealed record PatternResult(string VirtualMta, int? RecipientPriority, string CallTo)
{
    /// <summary>The list inside, written behind the rule, decides.</summary>
    public static PatternResult Nested { get; } = new("", null, "");

    public bool IsNested => this == Nested;

    /// <summary>Where in the line's value the name stands, of the virtual MTA or of the list; 0 when it names none.</summary>
    internal int NameOffset { get; init; }

    /// <summary>The same result written elsewhere is the same result.</summary>
    public bool Equals(PatternResult? other) =>
        other is not null && VirtualMta == other.VirtualMta && RecipientPriority == other.RecipientPriority && CallTo == other.CallTo;

    public override int GetHashCode() => HashCode.Combine(VirtualMta, RecipientPriority, CallTo);
}

/// <summary>One rule of a <c>&lt;pattern-list&gt;</c>.</summary>
/// <param name="Header">The field's name, for rules about a header field.</param>
/// <param name="Pattern">null for <see cref="PatternSubject.Always"/>.</param>
public sealed record PatternRule(PatternSubject Subject, string Header, PcrePattern? Pattern, PatternResult Result)
{
    /// <summary>How the tree of the file shows a list that is opened at the end of a rule's line.</summary>
    private const string NestedTag = "<pattern-list>";

    internal const string ResultShape = "virtual-mta=NAME, recipient-priority=0..100, call-to:LIST or a <pattern-list> behind it";

    /// <summary>The form of a directive whose name says the subject.</summary>
    internal static ValueForm<PatternRule> FormOf(PatternSubject subject) => new(
        $"{(subject == PatternSubject.Header ? "a header name, " : "")}{(subject == PatternSubject.Always ? "" : "/pattern/ and ")}{ResultShape}",
        (text, reading, out value) => TryRead(subject, text, reading, out value),
        Print) { Quotes = QuoteUse.Raw };

    private static bool TryRead(PatternSubject subject, string text, ValueReading reading, out PatternRule value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        string header = "";
        PcrePattern? pattern = null;
        if ((subject == PatternSubject.Header && !cursor.TryPart(ValueParsers.HeaderName, out header))
            || (subject != PatternSubject.Always && !cursor.TryPattern(out pattern)))
        {
            return false;
        }

        PatternResult result = PatternResult.Nested;
        if (!cursor.AtEnd && !cursor.TakeWord(NestedTag) && !TryReadResult(cursor, reading, out result))
        {
            return false;
        }

        value = new PatternRule(subject, header, pattern, result);
        return cursor.TryEnd();
    }

    private static bool TryReadResult(ValueCursor cursor, ValueReading reading, out PatternResult result)
    {
        const string CallTo = "call-to:";
        result = PatternResult.Nested;
        if (cursor.TakePrefix(CallTo))
        {
            int at = cursor.Position;
            bool fine = cursor.TryPart(ValueParsers.Name, out string list);
            result = result with { CallTo = list, NameOffset = at };
            return fine;
        }

        if (!cursor.TryItems(ResultShape, out List<ValueWord> items))
        {
            return false;
        }

        foreach (ValueWord item in items)
        {
            if (!TryAdd(item, reading, ref result))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ValueWord item, ValueReading reading, ref PatternResult result)
    {
        if (item.TryValueOf("virtual-mta", out ValueWord given))
        {
            bool first = result.VirtualMta.Length == 0;
            bool fine = ValueParsers.Name.TryReadPart(given, reading, out string name);
            result = result with { VirtualMta = name, NameOffset = given.Offset };
            return fine && (first || reading.Fail("virtual-mta is given twice", item.Offset));
        }

        if (item.TryValueOf("recipient-priority", out given))
        {
            bool first = result.RecipientPriority is null;
            bool fine = ValueParsers.Priority.TryReadPart(given, reading, out int priority);
            result = result with { RecipientPriority = priority };
            return fine && (first || reading.Fail("recipient-priority is given twice", item.Offset));
        }

        return reading.Fail($"{ValueParsers.Show(item.Text)} is none of: {ResultShape}", item.Offset);
    }

    private static string Print(PatternRule rule)
    {
        string[] parts =
        [
            rule.Header, rule.Pattern?.ToString() ?? "", rule.Result switch
            {
                { IsNested: true } => NestedTag,
                { CallTo.Length: > 0 } => $"call-to:{rule.Result.CallTo}",
                { RecipientPriority: null } => $"virtual-mta={rule.Result.VirtualMta}",
                { VirtualMta.Length: 0 } => string.Create(CultureInfo.InvariantCulture, $"recipient-priority={rule.Result.RecipientPriority}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"virtual-mta={rule.Result.VirtualMta},recipient-priority={rule.Result.RecipientPriority}"),
            },
        ];
        return string.Join(' ', parts.Where(p => p.Length > 0));
    }
}
