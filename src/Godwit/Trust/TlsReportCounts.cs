// What is counted for the daily reports to receiving domains (RFC 8460). Owned by TrustPolicies. Thread safe.

namespace Godwit.Trust;

/// <summary>Counts sessions.</summary>
public sealed class TlsReportCounts
{
    /// <summary>Counts one session; cheap, and nothing at all while no reports are sent.</summary>
    public void Note(TlsSession session) => throw new NotSupportedException();
}
