using System.Text;

namespace Godwit.Sasl;

/// <summary>LOGIN: whatever the host's two questions say, the first is for the name and the second for the password.</summary>
internal sealed class LoginClient(string user, string password) : SaslClient(SaslMechanism.Login)
{
    private int _asked;

    public override byte[]? FirstMessage() => null;

    public override byte[]? Answer(ReadOnlySpan<byte> challenge) => _asked++ switch
    {
        0 => Encoding.UTF8.GetBytes(user),
        1 => Encoding.UTF8.GetBytes(password),
        _ => null,
    };
}
