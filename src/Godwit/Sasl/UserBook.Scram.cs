// What SCRAM-SHA-256 needs of a user. Users with a plain password and names that nobody has get a salt from this process's key: the same name, the same
// salt, so that asking twice tells nothing. The first question about a name derives keys, whoever it is; later ones find them.

using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>A user as SCRAM sees one (RFC 5802 section 3).</summary>
/// <param name="User">Null for a name that nobody has: no proof fits its keys.</param>
internal sealed record ScramSecret(ReadOnlyMemory<byte> Salt, int Iterations, ScramKeys Keys, SmtpUserSettings? User);

public sealed partial class UserBook
{
    private readonly Dictionary<string, ScramSecret> _secrets = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For everybody whose password is not hashed: those of the hashed ones, so that the number tells no user from a name that nobody has.</summary>
    private readonly int _scramIterations;

    /// <summary>Null when too many others wait.</summary>
    internal async ValueTask<ScramSecret?> FindSecretAsync(string name)
    {
        lock (_gate)
        {
            if (_secrets.TryGetValue(name, out ScramSecret? known))
            {
                return known;
            }
        }

        ScramSecret? made = await _work.TryRunAsync(() => MakeSecret(name));
        if (made is null)
        {
            return null;
        }

        lock (_gate)
        {
            if (_secrets.Count >= MaxRemembered)
            {
                _secrets.Clear();
            }

            return _secrets[name] = made;
        }
    }

    private ScramSecret MakeSecret(string name)
    {
        SmtpUserSettings? user = WithPassword(Find(name));
        byte[] salt = HMACSHA256.HashData(_work.Key, Encoding.UTF8.GetBytes("salt " + name.ToUpperInvariant()))[..PasswordHash.UsualSalt];
        byte[] password = user is { Hash: null } ? Encoding.UTF8.GetBytes(user.Password.Reveal()) : RandomNumberGenerator.GetBytes(PasswordHash.HashLength);
        byte[] derived = PasswordHash.Derive(password, salt, _scramIterations);
        return user?.Hash is { } hash
            ? new ScramSecret(hash.Salt, hash.Iterations, ScramKeys.Of(hash.Hash.Span), user)
            : new ScramSecret(salt, _scramIterations, ScramKeys.Of(derived), user);
    }
}
