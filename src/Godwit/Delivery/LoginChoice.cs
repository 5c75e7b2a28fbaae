// How to authenticate at a host: a pure decision over what the queue's settings say, what the host offers, and whether others can read along.

using System.Text;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>The mechanism, or why there is none.</summary>
/// <param name="Problem">A sentence with what to do; empty when there is a mechanism.</param>
internal readonly record struct LoginChoice(SaslMechanism Mechanism, string Problem)
{
    /// <param name="offered">The names that the host's EHLO gave.</param>
    /// <param name="isOurs">The host is the one that the operator means, as far as that is known: a stranger reads what TLS hides from the network.</param>
    public static LoginChoice Of(DeliverySettings settings, string offered, bool encrypted, bool isOurs)
    {
        SaslMechanism wanted = settings.AuthMethod switch
        {
            AuthMethod.ScramSha256 => SaslMechanism.ScramSha256,
            AuthMethod.CramMd5 => SaslMechanism.CramMd5,
            AuthMethod.Plain => SaslMechanism.Plain,
            AuthMethod.Login => SaslMechanism.Login,
            AuthMethod.XOAuth2 => SaslMechanism.XOAuth2,
            _ => SaslMechanism.ScramSha256 | SaslMechanism.CramMd5 | SaslMechanism.Plain | SaslMechanism.Login,
        };
        SaslMechanism fitting = wanted & Read(offered);
        SaslMechanism safe = (encrypted && isOurs) || settings.UseUnencryptedPlainAuth ? fitting : fitting & ~SaslMechanisms.Readable;
        foreach (SaslMechanism one in SaslMechanisms.InOrder)
        {
            if ((safe & one) != SaslMechanism.None)
            {
                return new LoginChoice(one, "");
            }
        }

        string offer = offered.Length == 0 ? "the host offers no AUTH" : $"the host offers AUTH {offered}";
        return new LoginChoice(SaslMechanism.None, offered.Length == 0 && !encrypted
            ? $"{offer} without TLS, and auth-username is set; require-starttls yes may help"
            : fitting != SaslMechanism.None && encrypted
            ? $"{offer}, which would show the password to a host that only DNS names and that has not proved to be the one meant; "
                + "name it by smtp-hosts, without lookup-mx"
            : fitting != SaslMechanism.None
            ? $"{offer}, which would show the password to the network, for the connection has no TLS; use-unencrypted-plain-auth yes allows it"
            : $"{offer}, and the configuration wants {SaslMechanisms.Names(wanted)}; look at auth-method");
    }

    private static SaslMechanism Read(string offered)
    {
        SaslMechanism set = SaslMechanism.None;
        foreach (string name in offered.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            set |= SaslMechanisms.Read(Encoding.ASCII.GetBytes(name));
        }

        return set;
    }
}
