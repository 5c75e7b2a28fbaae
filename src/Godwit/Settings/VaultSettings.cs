namespace Godwit.Settings;

/// <summary>The server that keeps DKIM keys: <c>&lt;vault&gt;</c>.</summary>
public sealed record VaultSettings
{
    /// <summary>Up to its host and port, or to what stands before <c>/v1</c>.</summary>
    public Uri? ServerUrl { get; init; }

    /// <summary>What it is shown with each question.</summary>
    public SecretValue AccessToken { get; init; }

    /// <summary>A key older than this is asked for again.</summary>
    public TimeSpan CacheTtl { get; init; } = TimeSpan.FromDays(1);
}
