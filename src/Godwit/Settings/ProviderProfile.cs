// What is known about one mailbox provider. Immutable; owned by its ProviderTable.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>One <c>&lt;provider&gt;</c> of the provider file. Limits are where to begin: whatever a user's file says takes their place.</summary>
/// <param name="Name">As the file calls it, in lower case.</param>
public sealed record ProviderProfile(string Name)
{
    /// <summary>The name of the rules that hold for every destination.</summary>
    public const string Any = "any";

    /// <summary>Where those stand that the server brings along.</summary>
    internal const string ShippedFile = "etc/providers.conf";

    /// <summary>Where it stands, for people.</summary>
    public string File { get; init; } = ShippedFile;

    /// <summary>
    /// Domains that are known to be hosted there; the first is the main one, whose <c>&lt;domain&gt;</c> settings are those of a shared queue.
    /// </summary>
    public IReadOnlyList<DomainName> Domains { get; init; } = [];

    /// <summary>Its MX hosts end in one of these, at a label boundary.</summary>
    public IReadOnlyList<DomainName> MxSuffixes { get; init; } = [];

    /// <summary>Connections of a queue at once; null when nothing is known.</summary>
    public int? MaxSmtpOut { get; init; }

    /// <summary>Messages on one connection; null when nothing is known.</summary>
    public int? MaxMsgPerConnection { get; init; }

    /// <summary>Recipients attempted; null when nothing is known.</summary>
    public Rate? MaxMsgRate { get; init; }

    /// <summary>Whether it is known where to begin.</summary>
    public bool HasLimits => MaxSmtpOut is not null || MaxMsgPerConnection is not null || MaxMsgRate is not null || RequireStartTls;

    /// <summary>For a value that binds: whose it is.</summary>
    public string Requirement => $"required by provider {Name} ({File})";

    /// <summary>It takes mail over TLS only.</summary>
    public bool RequireStartTls { get; init; }

    /// <summary>Its replies, in the order in which they are tried.</summary>
    public IReadOnlyList<ProviderReply> Replies { get; init; } = [];

    /// <summary>The domain that a shared queue is named by; absent when the provider has none.</summary>
    public DomainName MainDomain => Domains.Count > 0 ? Domains[0] : default;

    /// <summary>Whether it names where to begin with a directive.</summary>
    public bool Says(string directive) => directive switch
    {
        "max-smtp-out" => MaxSmtpOut is not null,
        "max-msg-per-connection" => MaxMsgPerConnection is not null,
        "max-msg-rate" => MaxMsgRate is not null,
        "require-starttls" => RequireStartTls,
        _ => false,
    };

    /// <summary>The first rule that knows a reply; null when none does.</summary>
    /// <param name="reply">Code, enhanced status and text; the lines joined by a blank.</param>
    public ProviderReply? Match(string reply)
    {
        // By index: an enumerator of the interface would be allocated for every reply.
        for (int i = 0; i < Replies.Count; i++)
        {
            if (Replies[i].Pattern.IsMatch(reply, out _))
            {
                return Replies[i];
            }
        }

        return null;
    }
}
