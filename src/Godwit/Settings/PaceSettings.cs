// The limits of a queue that depend on its mode: a view that costs nothing, so that no queue carries a copy.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>How fast a queue may go in normal or in backoff mode.</summary>
public readonly struct PaceSettings(DeliverySettings settings, bool backoff)
{
    /// <summary>Backoff mode never opens more than normal mode: a default of 20 is no wish of a queue that is held to 3.</summary>
    public int MaxSmtpOut => backoff ? Math.Min(settings.BackoffMaxSmtpOut, settings.MaxSmtpOut) : settings.MaxSmtpOut;

    public Rate MaxMsgRate => (backoff ? settings.BackoffMaxMsgRate : null) ?? settings.MaxMsgRate;

    public Rate MaxConnectRate => (backoff ? settings.BackoffMaxConnectRate : null) ?? settings.MaxConnectRate;

    public Rate MaxDataVolumeRate => (backoff ? settings.BackoffMaxDataVolumeRate : null) ?? settings.MaxDataVolumeRate;

    public IReadOnlyList<TimeSpan> RetryAfter => backoff ? settings.BackoffRetryAfter : settings.RetryAfter;
}
