// Which mechanisms a client may use now: pure decisions over its source's rules, the users there are, and what the connection is.

using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Reception;

/// <summary>Decides for one client. No state, no I/O.</summary>
internal static class AuthPolicy
{
    /// <summary>What EHLO offers: exactly what would be taken.</summary>
    /// <param name="some">The mechanisms that some user could authenticate with.</param>
    public static SaslMechanism Offered(SourceSettings source, SaslMechanism some, bool encrypted)
    {
        if (!source.AllowAuth || (source.RequireStartTlsBeforeAuth && !encrypted))
        {
            return SaslMechanism.None;
        }

        return encrypted || source.AllowUnencryptedPlainAuth ? some : some & ~SaslMechanisms.Readable;
    }
}
