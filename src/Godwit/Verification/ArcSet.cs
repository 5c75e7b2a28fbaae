// The sets of an ARC chain, found and put in order (RFC 8617 section 4.2). Static. A chain that has a fault in its structure is a sentence.

using System.Globalization;
using System.Text;
using Godwit.Mail;

namespace Godwit.Verification;

/// <summary>One set: what one host said, signed and sealed.</summary>
internal sealed record ArcSet(HeaderField Results, SignatureField Message, SignatureField Seal)
{
    /// <summary>RFC 8617 section 4.2.1.</summary>
    public const int MaxInstance = 50;

    public const string ResultsName = "ARC-Authentication-Results";
    public const string MessageName = "ARC-Message-Signature";
    public const string SealName = "ARC-Seal";

    /// <summary>What the sealer found: none, pass or fail.</summary>
    public string Validation => Seal.Tags["cv"]?.ToLowerInvariant() ?? "";

    /// <summary>Finds the sets, the first first.</summary>
    /// <param name="highest">The largest number of any field; 0 when there is no chain.</param>
    /// <param name="problem">Empty when every number from one on has one field of each kind, and they can be read.</param>
    public static IReadOnlyList<ArcSet> Find(HeaderIndex header, out int highest, out string problem)
    {
        highest = 0;
        problem = "";
        IReadOnlyList<HeaderField> results = header.Named(ResultsName);
        IReadOnlyList<HeaderField> messages = header.Named(MessageName);
        IReadOnlyList<HeaderField> seals = header.Named(SealName);
        if (results.Count + messages.Count + seals.Count == 0)
        {
            return [];
        }

        if (Math.Max(results.Count, Math.Max(messages.Count, seals.Count)) > MaxInstance)
        {
            highest = MaxInstance;
            problem = $"more than {MaxInstance} sets";
            return [];
        }

        var numbered = new Dictionary<(string Kind, int Instance), HeaderField>();
        foreach ((string kind, IReadOnlyList<HeaderField> fields) in
            (ReadOnlySpan<(string, IReadOnlyList<HeaderField>)>)[(ResultsName, results), (MessageName, messages), (SealName, seals)])
        {
            foreach (HeaderField field in fields)
            {
                int instance = InstanceOf(header.Octets(field));
                highest = Math.Max(highest, instance);
                problem = problem.Length > 0 ? problem
                    : instance == 0 ? $"a field {kind} has no number"
                    : !numbered.TryAdd((kind, instance), field) ? $"{kind} {instance} stands twice"
                    : "";
            }
        }

        return problem.Length > 0 ? [] : Read(header, numbered, highest, out problem);
    }

    private static List<ArcSet> Read(
        HeaderIndex header, Dictionary<(string Kind, int Instance), HeaderField> numbered, int highest, out string problem)
    {
        problem = "";
        var sets = new List<ArcSet>(highest);
        for (int instance = 1; instance <= highest; instance++)
        {
            if (!numbered.TryGetValue((ResultsName, instance), out HeaderField results)
                || !numbered.TryGetValue((MessageName, instance), out HeaderField message)
                || !numbered.TryGetValue((SealName, instance), out HeaderField seal))
            {
                problem = $"set {instance} is not complete";
                return [];
            }

            SignatureField? signed = SignatureField.Read(header.Octets(message), SignatureKind.ArcMessage, out problem);
            problem = problem.Length > 0 ? $"{MessageName} {instance}: {problem}" : MessageProblem(signed!, instance);
            SignatureField? sealing = null;
            if (problem.Length == 0)
            {
                sealing = SignatureField.Read(header.Octets(seal), SignatureKind.ArcSeal, out problem);
                problem = problem.Length > 0 ? $"{SealName} {instance}: {problem}" : SealProblem(sealing!, instance);
            }

            if (problem.Length > 0)
            {
                return [];
            }

            sets.Add(new ArcSet(results, signed!, sealing!));
        }

        return sets;
    }

    /// <summary>Section 4.1.2: a message signature never covers seals.</summary>
    private static string MessageProblem(SignatureField message, int instance) =>
        message.Names.Any(name => name.Equals(SealName, StringComparison.OrdinalIgnoreCase)) ? $"{MessageName} {instance} signs seals" : "";

    /// <summary>Section 4.1.3 and 5.2: a seal has no h=, and its cv= is none for the first and pass for the others.</summary>
    private static string SealProblem(SignatureField seal, int instance)
    {
        string validation = seal.Tags["cv"]?.ToLowerInvariant() ?? "";
        return seal.Tags["h"] is not null || seal.Tags["bh"] is not null ? $"{SealName} {instance} has a tag that it must not have"
            : validation is not ("none" or "pass" or "fail") ? $"{SealName} {instance} has no cv="
            : validation == "fail" ? $"{SealName} {instance} says that the chain is broken"
            : (validation == "none") != (instance == 1) ? $"{SealName} {instance} says cv={validation}"
            : "";
    }

    /// <summary>i=, the first tag of the results and any tag of the others; 0 when it is no number from 1 to 50.</summary>
    private static int InstanceOf(ReadOnlySpan<byte> field)
    {
        int colon = field.IndexOf((byte)':');
        string text = Encoding.Latin1.GetString(field[(colon + 1)..]);
        string? value = null;
        foreach (string part in text.Split(';', MaxTagsBeforeInstance))
        {
            int sign = part.IndexOf('=', StringComparison.Ordinal);
            if (sign > 0 && part[..sign].Trim() == "i")
            {
                value = part[(sign + 1)..].Trim();
                break;
            }

            // In the results only the first tag is a tag: what follows is the verdict.
            if (Ascii.EqualsIgnoreCase(field[..colon].TrimEnd(" \t"u8), ResultsName))
            {
                break;
            }
        }

        return value is { Length: 1 or 2 } && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is >= 1 and <= MaxInstance ? number : 0;
    }

    private const int MaxTagsBeforeInstance = TagList.MaxTags;
}
