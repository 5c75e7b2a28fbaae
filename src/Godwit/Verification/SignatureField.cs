// A signature field as read: DKIM-Signature (RFC 6376 section 3.5), and the two of ARC that are made like it (RFC 8617 section 4.1). Immutable.
// What is wrong with one is a sentence, not an exception: most of what arrives here was written by strangers.

using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Verification;

internal enum SignatureKind : byte
{
    Dkim,
    ArcMessage,
    ArcSeal,
}

/// <summary>One signature.</summary>
internal sealed class SignatureField
{
    /// <summary>Names in h=: a header of this many fields is no mail, and every name costs a look.</summary>
    public const int MaxNames = 256;

    /// <summary>Octets of a signature: RSA keys of 16,384 bits, four times what is accepted.</summary>
    private const int MaxSignature = 2048;

    private SignatureField()
    {
    }

    /// <summary>The whole field with its name and its last line end.</summary>
    public required byte[] Octets { get; init; }

    public required TagList Tags { get; init; }

    /// <summary>Where the text of the tags begins in the field.</summary>
    public int TextStart { get; init; }

    public DomainName Domain { get; private set; }

    public string Selector { get; private set; } = "";

    /// <summary>As it is written, in lower case; <see cref="Kind"/> is set when it is one that can be verified.</summary>
    public string Algorithm { get; private set; } = "";

    /// <summary>null for rsa-sha1 and for anything unknown.</summary>
    public DkimAlgorithm? Kind { get; private set; }

    public DkimCanonicalization HeaderForm { get; private set; }

    public DkimCanonicalization BodyForm { get; private set; }

    /// <summary>Octets of the canonical body that are signed; <see cref="long.MaxValue"/> for all.</summary>
    public long BodyLimit { get; private set; } = long.MaxValue;

    public byte[] BodyHash { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    public IReadOnlyList<string> Names { get; private set; } = [];

    public string Identity { get; private set; } = "";

    /// <summary>Unix seconds; null when it never expires.</summary>
    public long? Expires { get; private set; }

    /// <summary>The name of the key's record (RFC 6376 section 3.6.2.1).</summary>
    public string KeyName => $"{Selector}._domainkey.{Domain.Text}";

    /// <summary>The beginning of b=, as it is written.</summary>
    public string Mark => Tags["b"] is { } value ? PlainText.Of(value.Length > 8 ? value[..8] : value, 8) : "";

    /// <summary>Reads a field. The field is returned also with a problem, as far as it could be read; null when it is no list of tags.</summary>
    public static SignatureField? Read(ReadOnlySpan<byte> field, SignatureKind kind, out string problem)
    {
        int colon = field.IndexOf((byte)':');
        string text = Encoding.Latin1.GetString(field[(colon + 1)..]);
        if (!TagList.TryRead(text, out TagList? tags, out problem))
        {
            return null;
        }

        var read = new SignatureField { Octets = field.ToArray(), Tags = tags, TextStart = colon + 1 };
        problem = read.ReadKey();
        problem = problem.Length > 0 ? problem : kind == SignatureKind.ArcSeal ? "" : read.ReadScope();
        problem = problem.Length > 0 || kind != SignatureKind.Dkim ? problem : read.ReadClaims();
        return read;
    }

    /// <summary>The field with an empty b=: the last thing that is hashed (section 3.7).</summary>
    public byte[] Unsigned()
    {
        Tags.TryLocate("b", out int start, out int end);
        return [.. Octets.AsSpan(0, TextStart + start), .. Octets.AsSpan(TextStart + end)];
    }

    /// <summary>a, b, d, s: what every kind has.</summary>
    private string ReadKey()
    {
        Algorithm = PlainText.Of(Tags["a"]?.ToLowerInvariant() ?? "", 40);
        Kind = Algorithm switch
        {
            "rsa-sha256" => DkimAlgorithm.RsaSha256,
            "ed25519-sha256" => DkimAlgorithm.Ed25519Sha256,
            _ => null,
        };
        if (!DomainName.TryParse(Tags["d"], out DomainName domain) || domain.IsLiteral)
        {
            return "d= is missing or no domain";
        }

        Domain = domain;
        if (!DomainName.TryParse(Tags["s"], out DomainName selector) || selector.IsLiteral)
        {
            return "s= is missing or no selector";
        }

        Selector = selector.Text;
        if (Algorithm.Length == 0)
        {
            return "a= is missing";
        }

        if (!Tags.TryBase64("b", out byte[]? signature) || signature.Length > MaxSignature)
        {
            return "b= is missing or no base64";
        }

        Signature = signature;
        return "";
    }

    /// <summary>bh, c, h, l: what is signed.</summary>
    private string ReadScope()
    {
        if (!Tags.TryBase64("bh", out byte[]? hash))
        {
            return "bh= is missing or no base64";
        }

        BodyHash = hash;
        string[] forms = (Tags["c"] ?? "simple/simple").Split('/', StringSplitOptions.TrimEntries);
        if (forms.Length > 2 || !TryForm(forms[0], out DkimCanonicalization header) || !TryForm(forms.Length > 1 ? forms[1] : "simple", out DkimCanonicalization body))
        {
            return "c= names no form that is known";
        }

        (HeaderForm, BodyForm) = (header, body);
        Names = Tags.Parts("h");
        if (Names.Count is 0 or > MaxNames || Names.Any(name => name.Length == 0))
        {
            return $"h= is missing, has an empty name or more than {MaxNames}";
        }

        if (!Tags.TryNumber("l", out long? limit) || !Tags.TryNumber("t", out long? made) || !Tags.TryNumber("x", out long? expires))
        {
            return "l=, t= or x= is no number";
        }

        BodyLimit = limit ?? long.MaxValue;
        Expires = expires;
        return expires <= made ? "x= is not later than t=" : "";
    }

    /// <summary>v, i, q and From in h=: what only DKIM-Signature says.</summary>
    private string ReadClaims()
    {
        if (Tags["v"] != "1")
        {
            return "v= is not 1";
        }

        // Section 3.5: methods that nobody knows are passed over; one that is known must be among them.
        if (Tags["q"] is not null && !Array.Exists(Tags.Parts("q"), method => method.Equals("dns/txt", StringComparison.OrdinalIgnoreCase)))
        {
            return "q= does not name dns/txt";
        }

        if (!Names.Any(name => name.Equals("from", StringComparison.OrdinalIgnoreCase)))
        {
            return "From is not signed";
        }

        Identity = Tags["i"] ?? $"@{Domain.Text}";
        int at = Identity.LastIndexOf('@');
        return at < 0 || !DomainName.TryParse(Identity.AsSpan(at + 1), out DomainName within) || !within.IsWithin(Domain)
            ? "i= is not in the domain of d="
            : "";
    }

    private static bool TryForm(string text, out DkimCanonicalization form)
    {
        form = text.Equals("simple", StringComparison.OrdinalIgnoreCase) ? DkimCanonicalization.Simple : DkimCanonicalization.Relaxed;
        return form == DkimCanonicalization.Simple || text.Equals("relaxed", StringComparison.OrdinalIgnoreCase);
    }
}
