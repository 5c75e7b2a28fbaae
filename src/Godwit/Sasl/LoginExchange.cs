using System.Net;

namespace Godwit.Sasl;

/// <summary>LOGIN (draft-murchison-sasl-login): the name, then the password. Clients send the name with the request, too.</summary>
internal sealed class LoginExchange(UserBook users, IPAddress client) : SaslExchange(SaslMechanism.Login)
{
    private static readonly byte[] _nameWanted = "Username:"u8.ToArray();
    private static readonly byte[] _passwordWanted = "Password:"u8.ToArray();

    private string? _name;
    private bool _asked;

    protected override async ValueTask<SaslStep> TakeAsync(byte[]? message)
    {
        if (message is null && !_asked)
        {
            _asked = true;
            return new SaslStep(SaslStatus.Challenge, _nameWanted);
        }

        if (message is not { Length: > 0 and <= MaxName })
        {
            return SaslStep.Malformed;
        }

        if (_name is null)
        {
            return SaslText.TryRead(message, out _name) ? new SaslStep(SaslStatus.Challenge, _passwordWanted) : SaslStep.Malformed;
        }

        Claimed = users.Find(_name);
        return Conclude(await users.CheckAsync(client, Claimed, message));
    }
}
