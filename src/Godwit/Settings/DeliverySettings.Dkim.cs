// Signatures of a queue's mail: the dkim-* directives and their second-dkim-* twins, and what they make together.

namespace Godwit.Settings;

public sealed partial record DeliverySettings
{
    public DkimSigning DkimSign { get; init; }

    public DkimAlgorithm DkimAlgorithm { get; init; }

    public DkimCanonicalization DkimBodyCanon { get; init; }

    public DkimCanonicalization DkimHeadersCanon { get; init; }

    public IReadOnlyList<HeaderSelector> DkimHeaders { get; init; } = [];

    public IReadOnlyList<string> DkimDisallowAddingHeaders { get; init; } = [];

    public DkimIdentity DkimIdentity { get; init; } = DkimIdentity.Default;

    public DkimIdentity? DkimIdentityFallback { get; init; }

    public TimeSpan DkimExpireAfter { get; init; } = Timeout.InfiniteTimeSpan;

    public bool DkimAddTimestamp { get; init; }

    public bool DkimAddBodyLimit { get; init; }

    public string DkimQueryMethod { get; init; } = "";

    public DkimSigning SecondDkimSign { get; init; }

    public DkimAlgorithm SecondDkimAlgorithm { get; init; }

    public DkimCanonicalization SecondDkimBodyCanon { get; init; }

    public DkimCanonicalization SecondDkimHeadersCanon { get; init; }

    public IReadOnlyList<HeaderSelector> SecondDkimHeaders { get; init; } = [];

    public IReadOnlyList<string> SecondDkimDisallowAddingHeaders { get; init; } = [];

    public DkimIdentity SecondDkimIdentity { get; init; } = DkimIdentity.Default;

    public DkimIdentity? SecondDkimIdentityFallback { get; init; }

    public TimeSpan SecondDkimExpireAfter { get; init; } = Timeout.InfiniteTimeSpan;

    public bool SecondDkimAddTimestamp { get; init; }

    public bool SecondDkimAddBodyLimit { get; init; }

    public string SecondDkimQueryMethod { get; init; } = "";

    /// <summary>The signature that <c>dkim-*</c> describes.</summary>
    public DkimSettings FirstSignature => new DkimSettings
    {
        Signing = DkimSign,
        Algorithm = DkimAlgorithm,
        BodyForm = DkimBodyCanon,
        HeaderForm = DkimHeadersCanon,
        MoreHeaders = DkimHeaders,
        SealedHeaders = DkimDisallowAddingHeaders,
        Identity = DkimIdentity,
        Fallback = DkimIdentityFallback,
        ExpireAfter = DkimExpireAfter,
        AddTimestamp = DkimAddTimestamp,
        AddBodyLimit = DkimAddBodyLimit,
        QueryMethod = DkimQueryMethod,
    };

    /// <summary>The one that <c>second-dkim-*</c> describes.</summary>
    public DkimSettings SecondSignature => new DkimSettings
    {
        Signing = SecondDkimSign,
        Algorithm = SecondDkimAlgorithm,
        BodyForm = SecondDkimBodyCanon,
        HeaderForm = SecondDkimHeadersCanon,
        MoreHeaders = SecondDkimHeaders,
        SealedHeaders = SecondDkimDisallowAddingHeaders,
        Identity = SecondDkimIdentity,
        Fallback = SecondDkimIdentityFallback,
        ExpireAfter = SecondDkimExpireAfter,
        AddTimestamp = SecondDkimAddTimestamp,
        AddBodyLimit = SecondDkimAddBodyLimit,
        QueryMethod = SecondDkimQueryMethod,
    };
}
