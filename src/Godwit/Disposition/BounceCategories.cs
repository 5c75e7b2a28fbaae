// What kind of failure a reply speaks of: the seventeen words that list hygiene and reports go by.
// Words come before numbers, in this order, because that is what PowerMTA's users have built on: "550 5.1.1 ... blocked" is spam-related.
// The text that patterns see is the bare status, a semicolon and the diagnostic: "5.1.1;smtp;550 5.1.1 no such user".

using System.Buffers;
using System.Text.RegularExpressions;
using Godwit.Mail;

namespace Godwit.Disposition;

/// <summary>Names failures. Pure; linear in the length of the text whatever a peer writes.</summary>
public static class BounceCategories
{
    public const string MessageExpired = "message-expired";

    /// <summary>Neither words nor numbers tell.</summary>
    public const string Other = "other";

    /// <summary>Characters of a reply that are looked at: what matters stands at its head.</summary>
    private const int MaxText = 2000;

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>Every pattern below contains one of these: a text without any goes straight to the numbers.</summary>
    private static readonly SearchValues<string> _stems = SearchValues.Create(
        [
            "spam", "junk", "list", "block", "uce", "advert", "unsolicited", "bulk", "rbl", "dnsbl", "phish", "reputation", "virus", "malware", "infected", "content",
            "7bit", "7-bit", "attachment", "quota", "limit", "full", "storage", "space", "sender", "disabled", "suspended", "expired", "inactive", "deactivated",
            "closed", "no such", "unknown", "invalid", "nonexist", "non-exist", "doesn", "does not", "not exist", "not found", "not our", "not a valid", "not valid", "no mailbox",
            "unavailable", "no longer", "relay", "domain", "denied", "prohibited", "refused", "banned", "policy", "policies", "not allowed", "authenticat",
            "dmarc", "spf", "dkim", "ptr", "reverse", "sequence", "syntax", "rout", "null mx", "loop", "hop count", "too many hops",
        ],
        StringComparison.OrdinalIgnoreCase);

    private static readonly (Regex Pattern, string Category)[] _words =
    [
        (Words(@"\bspam|\bjunk ?mail|black ?list|block ?list|\bblocked\b|\buce\b|advertis|unsolicited|\bbulk e?-?mail|\brbls?\b|\bdnsbl|phish|poor reputation|low reputation"), "spam-related"),
        (Words(@"\bvirus|\bmalware\b|\binfected\b"), "virus-related"),
        (Words(@"message content|content (?:was |is |has been )?(?:rejected|denied|refused)|(?:rejected|denied).{0,40}\bcontents?\b|7-?bit data|attachment"), "content-related"),
        (Words(@"quota|(?:size|mailbox|message|storage) limit exceeded|limit (?:was |has been )?exceeded|exceed\w* .{0,40}limit|mailbox (?:is |was )?(?:too )?full|full mailbox|storage|out of space"), "quota-issues"),
        (Words(@"sender (?:address )?verif\w+ failed|could not verify sender|(?:valid|existing|resolvable) sender domain|sender domain (?:must|does)|no mx (?:record )?for sender|sender address (?:rejected|invalid)|invalid sender"), "invalid-sender"),
        (Words(@"(?:user|mailbox|account|recipient|address)\b.{0,40}\b(?:disabled|suspended|expired|inactive|deactivated|closed|no longer (?:active|in use|valid))|(?:disabled|suspended|expired|inactive|deactivated)\b.{0,20}\b(?:user|mailbox|account|recipient|e-?mail address)"), "inactive-mailbox"),
        (Words(@"no such (?:user|mailbox|recipient|account|address|person|local)|(?:unknown|invalid|nonexistent|non-existent) (?:local )?(?:user|mailbox|recipient|account|address|e-?mail)|(?:user|mailbox|recipient|account|address)s?\b.{0,60}\b(?:unknown|invalid|not found|not valid|not exist|unavailable|no longer)|(?:user|mailbox|recipient|account|address)\b.{0,60}\bdoesn.?t (?:exist|have)|not our customer|does not exist|doesn.?t exist|not a (?:valid|known) (?:user|mailbox|recipient)|no mailbox (?:here|by that name)"), "bad-mailbox"),
        (Words(@"\brelay(?:s|ing)?\b"), "relaying-issues"),
        (Words(@"domain\b.{0,30}\b(?:retired|unknown|not found|expired|invalid)|(?:bad|unknown|invalid|no such) domain|\bnull mx\b"), "bad-domain"),
        (Words(@"denied|prohibited|refused|\bbanned\b|policy|policies|not allowed|unauthenticated|authenticat\w+ (?:checks?|failed|required)|requires? .{0,40}authenticat|\bdmarc\b|\bspf\b|\bdkim\b|\bptr\b|reverse dns"), "policy-related"),
        (Words(@"bad sequence|syntax error|out of sequence"), "protocol-errors"),
        (Words(@"\bno route\b|unrout\w+|unable to route|routing (?:loop|error)|mail loop|hop count|too many hops|\broute\b"), "routing-errors"),
    ];

    /// <summary>The category of a refused or deferred recipient; <c>other</c> when neither words nor numbers tell.</summary>
    public static string Of(EnhancedStatus status, SmtpReply reply)
    {
        string text = reply.Text.Length > MaxText ? reply.Text[..MaxText] : reply.Text;
        if (text.AsSpan().ContainsAny(_stems))
        {
            string subject = $"{status};smtp;{reply.Code} {text}";
            foreach ((Regex pattern, string category) in _words)
            {
                if (pattern.IsMatch(subject))
                {
                    return category;
                }
            }
        }

        return ByStatus(status);
    }

    /// <summary>The category by the numbers alone.</summary>
    internal static string ByStatus(EnhancedStatus status) => status switch
    {
        { Class: 2 } => "success",
        { Subject: 1, Detail: 1 or 3 or 4 or 6 } => "bad-mailbox",
        { Subject: 2, Detail: 0 } => "bad-mailbox",
        { Subject: 1, Detail: 2 } => "bad-domain",
        { Subject: 1, Detail: 7 or 8 } => "invalid-sender",
        { Subject: 2, Detail: 1 } => "inactive-mailbox",
        { Subject: 2, Detail: 2 } => "quota-issues",
        { Subject: 3, Detail: 3 } or { Subject: 6 } or { Subject: 7, Detail: 7 } => "content-related",
        { Subject: 3, Detail: 5 } => "bad-configuration",
        { Subject: 4, Detail: 1 } => "no-answer-from-host",
        { Subject: 4, Detail: 2 } => "bad-connection",
        { Subject: 4, Detail: 3 or 4 or 6 } => "routing-errors",
        { Subject: 4, Detail: 7 } => MessageExpired,
        { Subject: 5, Detail: 3 } or { Subject: 7, Detail: 0 or 1 or 2 } => "policy-related",
        { Subject: 5 } => "protocol-errors",
        _ => Other,
    };

    private static Regex Words(string pattern) => new(pattern, Options);
}
