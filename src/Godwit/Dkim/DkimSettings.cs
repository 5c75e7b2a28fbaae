// How one signature of a queue's mail is made: what the dkim-* directives, or their second-dkim-* twins, say together. Immutable.

using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>One signature's settings. Values are compared one by one: queues that say the same share what was signed.</summary>
internal sealed record DkimSettings
{
    /// <summary>Only messages with X-DKIM-Options are signed.</summary>
    public bool NeedsWishes { get; init; }

    /// <summary>The kind of key that is looked for: RSA or Ed25519, with SHA-256 always.</summary>
    public DkimAlgorithm Algorithm { get; init; }

    public DkimCanonicalization BodyForm { get; init; }

    public DkimCanonicalization HeaderForm { get; init; }

    /// <summary>Fields signed beyond the usual ones.</summary>
    public IReadOnlyList<HeaderSelector> MoreHeaders { get; init; } = [];

    /// <summary>Names that are signed once more than they stand, so that nobody can add one.</summary>
    public IReadOnlyList<string> SealedHeaders { get; init; } = [];

    public DkimIdentity Identity { get; init; } = DkimIdentity.Default;

    /// <summary>null has none.</summary>
    public DkimIdentity? Fallback { get; init; }

    /// <summary>From signing to the end of validity; infinite says nothing about it.</summary>
    public TimeSpan ExpireAfter { get; init; } = Timeout.InfiniteTimeSpan;

    public bool AddTimestamp { get; init; }

    public bool AddBodyLimit { get; init; }

    /// <summary>Empty adds none.</summary>
    public string QueryMethod { get; init; } = "";

    /// <summary>The signature that <c>dkim-*</c> describes; null when there is to be none.</summary>
    public static DkimSettings? First(DeliverySettings settings) => settings.DkimSign == DkimSigning.No ? null : new DkimSettings
    {
        NeedsWishes = settings.DkimSign == DkimSigning.IfOptionsPresent,
        Algorithm = Accepted(settings.DkimAlgorithm),
        BodyForm = settings.DkimBodyCanon,
        HeaderForm = settings.DkimHeadersCanon,
        MoreHeaders = settings.DkimHeaders,
        SealedHeaders = settings.DkimDisallowAddingHeaders,
        Identity = settings.DkimIdentity,
        Fallback = settings.DkimIdentityFallback,
        ExpireAfter = settings.DkimExpireAfter,
        AddTimestamp = settings.DkimAddTimestamp,
        AddBodyLimit = settings.DkimAddBodyLimit,
        QueryMethod = settings.DkimQueryMethod,
    };

    /// <summary>The one that <c>second-dkim-*</c> describes; null when there is to be none.</summary>
    public static DkimSettings? Second(DeliverySettings settings) => settings.SecondDkimSign == DkimSigning.No ? null : new DkimSettings
    {
        NeedsWishes = settings.SecondDkimSign == DkimSigning.IfOptionsPresent,
        Algorithm = Accepted(settings.SecondDkimAlgorithm),
        BodyForm = settings.SecondDkimBodyCanon,
        HeaderForm = settings.SecondDkimHeadersCanon,
        MoreHeaders = settings.SecondDkimHeaders,
        SealedHeaders = settings.SecondDkimDisallowAddingHeaders,
        Identity = settings.SecondDkimIdentity,
        Fallback = settings.SecondDkimIdentityFallback,
        ExpireAfter = settings.SecondDkimExpireAfter,
        AddTimestamp = settings.SecondDkimAddTimestamp,
        AddBodyLimit = settings.SecondDkimAddBodyLimit,
        QueryMethod = settings.SecondDkimQueryMethod,
    };

    /// <summary>RFC 8301 section 3.1: signers must not use SHA-1. The same keys sign with SHA-256.</summary>
    private static DkimAlgorithm Accepted(DkimAlgorithm wanted) => wanted == DkimAlgorithm.RsaSha1 ? DkimAlgorithm.RsaSha256 : wanted;
}
