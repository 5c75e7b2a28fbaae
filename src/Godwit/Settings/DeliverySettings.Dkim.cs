// Signatures of a queue's mail: the dkim-* directives and their second-dkim-* twins.

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
}
