// Lines of <rewrite-list>: what senders' addresses become. Immutable.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>An address in a rewrite rule: <c>a@b</c>, <c>a@*</c>, <c>*@b</c>, <c>*@*</c>, or <c>&lt;&gt;</c>.</summary>
/// <param name="LocalPart">null for any, or for the one of the address that is rewritten.</param>
/// <param name="Domain">null for any, or for the one of the address that is rewritten; absent for the null sender.</param>
public sealed record RewriteAddress(string? LocalPart, DomainName? Domain)
{
    /// <summary>The null sender <c>&lt;&gt;</c>.</summary>
    public static RewriteAddress NullSender { get; } = new("", default(DomainName));

    public bool IsNullSender => LocalPart == "";

    internal static ValueForm<RewriteAddress> Form { get; } = new("a@b, a@*, *@b, *@* or <>", TryRead) { Quotes = QuoteUse.Raw };

    public override string ToString() => IsNullSender ? "<>" : $"{LocalPart ?? "*"}@{Domain?.Text ?? "*"}";

    private static bool TryRead(string text, ValueReading reading, out RewriteAddress value)
    {
        value = NullSender;
        if (text == "<>")
        {
            return true;
        }

        int at = text.LastIndexOf('@');
        string local = at < 0 ? "" : text[..at];
        string domain = text[(at + 1)..];
        if (at <= 0 || !EmailAddress.TryParse($"{local}@a.example", out _) || (domain != "*" && !DomainName.TryParse(domain, out _)))
        {
            return reading.Fail($"{ValueParsers.Show(text)} is none of: {Form.Shape}");
        }

        value = new RewriteAddress(local == "*" ? null : local, domain == "*" ? null : DomainName.Parse(domain));
        return true;
    }
}

/// <summary><c>mail-from SOURCE TARGET</c>.</summary>
public sealed record SenderRewrite(RewriteAddress Source, RewriteAddress Target)
{
    internal static ValueForm<SenderRewrite> Form { get; } = new("a sender to look for, and a new one", TryRead, v => $"{v.Source} {v.Target}")
    {
        Quotes = QuoteUse.Raw,
    };

    private static bool TryRead(string text, ValueReading reading, out SenderRewrite value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPart(RewriteAddress.Form, out RewriteAddress source))
        {
            return false;
        }

        int start = cursor.Position;
        if (!cursor.TryPart(RewriteAddress.Form, out RewriteAddress target))
        {
            return false;
        }

        value = new SenderRewrite(source, target);
        string? fault = target switch
        {
            { IsNullSender: true } => "mail cannot be given the null sender; write an address",
            { LocalPart: null } or { Domain: null } when source.IsNullSender => "<> has no parts that * could stand for; write the whole address",
            { LocalPart: { } local } when !System.Text.Ascii.IsValid(local) => "the new sender is written in ASCII",
            _ => null,
        };
        return (fault is null || reading.Fail(fault, start)) && cursor.TryEnd();
    }
}

/// <summary><c>from-domain PATTERN DOMAIN</c>.</summary>
public sealed record DomainRewrite(DomainPattern Pattern, DomainName Domain)
{
    internal static ValueForm<DomainRewrite> Form { get; } = ValueParsers.Pair(
        "a domain or pattern, and a new domain", ValueParsers.HostPattern, ValueParsers.Domain, (p, d) => new DomainRewrite(p, d), v => (v.Pattern, v.Domain));
}
