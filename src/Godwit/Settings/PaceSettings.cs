// The limits of a queue that depend on its mode: a view that costs nothing, so that no queue carries a copy.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>How fast a queue may go in normal or in backoff mode.</summary>
public readonly struct PaceSettings(DeliverySettings settings, bool backoff)
{
    public int MaxSmtpOut => backoff ? settings.BackoffMaxSmtpOut : settings.MaxSmtpOut;

    public Rate MaxMsgRate => (backoff ? settings.BackoffMaxMsgRate : null) ?? settings.MaxMsgRate;

    public Rate MaxConnectRate => (backoff ? settings.BackoffMaxConnectRate : null) ?? settings.MaxConnectRate;

    public Rate MaxDataVolumeRate => (backoff ? settings.BackoffMaxDataVolumeRate : null) ?? settings.MaxDataVolumeRate;

    public IReadOnlyList<TimeSpan> RetryAfter => backoff ? settings.BackoffRetryAfter : settings.RetryAfter;
}
