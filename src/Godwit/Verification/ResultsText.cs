// The text of an Authentication-Results field (RFC 8601): every method that was checked, each on lines of its own. Static.
// Everything in it that strangers wrote becomes printable ASCII, quoted where the grammar wants it.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Godwit.Verification;

/// <summary>Findings → field.</summary>
internal static class ResultsText
{
    public const string FieldName = "Authentication-Results";

    /// <summary>Characters of a comment: with the rest of its line below the 998 of RFC 5322 section 2.1.1.</summary>
    private const int MaxComment = 150;

    /// <summary>What a token cannot hold (RFC 2045 section 5.1).</summary>
    private static readonly SearchValues<char> _special = SearchValues.Create("()<>@,;:\\\"/[]?= ");

    private const string Fold = "\r\n\t";

    /// <summary>The field with its line end.</summary>
    /// <param name="host">Whose findings they are: the authserv-id.</param>
    public static string Field(string host, SenderFindings findings) => $"{FieldName}: {Verdicts(host, findings)}\r\n";

    /// <summary>What stands behind the field's name; ARC's results are the same behind a number.</summary>
    public static string Verdicts(string host, SenderFindings findings)
    {
        var text = new StringBuilder(host, 512);
        Spf(text, findings);
        if (findings.Iprev is { } iprev)
        {
            Begin(text, "iprev", iprev.Word, iprev.Name.Length > 0 ? iprev.Name : iprev.Reason);
            Property(text, "policy.iprev", iprev.Address.ToString());
        }

        Signatures(text, findings.Signatures);
        if (findings.Dmarc is { } dmarc)
        {
            bool has = dmarc.Result is DmarcResult.Pass or DmarcResult.Fail;
            string policy = has ? $"p={dmarc.Policy.ToString().ToLowerInvariant()} pct={dmarc.Percent.ToString(CultureInfo.InvariantCulture)}" : dmarc.Reason;
            Begin(text, "dmarc", dmarc.Word, policy);
            Property(text, "header.from", dmarc.Domain);
        }

        if (findings.Arc is { } arc)
        {
            string seals = arc.Instance > 0 ? $"i={arc.Instance.ToString(CultureInfo.InvariantCulture)}" : "";
            Begin(text, "arc", arc.Word, arc.Reason.Length > 0 ? $"{seals} {arc.Reason}".Trim() : seals);
            Property(text, "header.d", arc.Sealer);
        }

        return text.Length == host.Length ? $"{host}; none" : text.ToString();
    }

    private static void Spf(StringBuilder text, SenderFindings findings)
    {
        if (findings.Spf is not { } spf)
        {
            return;
        }

        Begin(text, "spf", spf.Word, spf.Reason);
        if (spf.IsOfHelo)
        {
            Property(text, "smtp.helo", findings.Helo);
        }
        else
        {
            Property(text, "smtp.mailfrom", findings.Sender);
        }
    }

    private static void Signatures(StringBuilder text, IReadOnlyList<SignatureFinding>? signatures)
    {
        if (signatures is { Count: 0 })
        {
            Begin(text, "dkim", "none", "");
        }

        foreach (SignatureFinding signature in signatures ?? [])
        {
            Begin(text, "dkim", signature.Word, signature.Reason);
            Property(text, "header.d", signature.Domain);
            Property(text, "header.i", signature.Identity);
            Property(text, "header.s", signature.Selector);
            Property(text, "header.a", signature.Algorithm);
            Property(text, "header.b", signature.Signature);
        }
    }

    private static void Begin(StringBuilder text, string method, string result, string comment)
    {
        text.Append(';').Append(Fold).Append(method).Append('=').Append(result);
        if (comment.Length > 0)
        {
            text.Append(" (");
            foreach (char c in PlainText.Of(comment, MaxComment))
            {
                text.Append(c is '(' or ')' or '\\' ? '?' : c);
            }

            text.Append(')');
        }
    }

    /// <summary>A property on a line of its own: together they are too long for one.</summary>
    private static void Property(StringBuilder text, string name, string value)
    {
        if (value.Length > 0)
        {
            text.Append(Fold).Append(name).Append('=').Append(Value(PlainText.Of(value, 320)));
        }
    }

    /// <summary>A token or an address as it is; anything else in quotes (RFC 8601 section 2.2, RFC 2045 section 5.1).</summary>
    private static string Value(string value)
    {
        int at = value.IndexOf('@', StringComparison.Ordinal);
        ReadOnlySpan<char> bare = at < 0 ? value : string.Concat(value.AsSpan(0, at), value.AsSpan(at + 1));
        return bare.ContainsAny(_special)
            ? $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : value;
    }
}
