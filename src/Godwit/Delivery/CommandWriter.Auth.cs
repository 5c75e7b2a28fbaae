// AUTH and the responses to its challenges (RFC 4954 section 4). The mechanism's name is ours and the rest is base64, so nothing here can break out of a
// line; and nothing of it is shown to anybody.

using System.Text;
using Godwit.Sasl;
using Godwit.Smtp;

namespace Godwit.Delivery;

internal sealed partial class CommandWriter
{
    /// <summary>Octets that a response may have, so that its line stays within <see cref="SmtpCommand.MaxAuthLine"/>.</summary>
    public const int MaxAuthResponse = (SmtpCommand.MaxAuthLine - 32) / 4 * 3;

    /// <param name="initial">The initial response; null sends none.</param>
    public void Auth(SaslMechanism mechanism, byte[]? initial)
    {
        string name = SaslMechanisms.Name(mechanism);
        Trace?.Invoke(initial is null ? $"AUTH {name}" : $"AUTH {name} ***");
        connection.Write("AUTH "u8);
        connection.Write(Encoding.ASCII.GetBytes(name));
        if (initial is not null)
        {
            connection.Write(initial.Length == 0 ? " ="u8 : " "u8);
            WriteBase64(initial);
        }

        connection.Write("\r\n"u8);
    }

    /// <param name="response">Null cancels.</param>
    public void AuthResponse(byte[]? response)
    {
        Trace?.Invoke(response is null ? "*" : "***");
        if (response is null)
        {
            connection.Write("*"u8);
        }
        else
        {
            WriteBase64(response);
        }

        connection.Write("\r\n"u8);
    }

    private void WriteBase64(byte[] octets)
    {
        if (octets.Length > MaxAuthResponse)
        {
            ThrowTooLong();
        }

        connection.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(octets)));
    }
}
