// What SCRAM-SHA-256 needs of a user. The client's first message is answered from what is known without work: a hashed user's own salt, for users with a
// plain password and for names that nobody has one from a key that outlives the process; the same name, the same salt, so that asking twice, before and behind
// a restart or a reload, tells nothing. Keys are
// derived behind the client's proof, whose failure is counted: a proof that does not fit costs one derivation, of as many iterations as the client was told,
// whoever it was tried for and whatever is known of its keys already.

using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>A user as SCRAM's first message shows one (RFC 5802 section 3).</summary>
/// <param name="User">Null for a name that nobody has: no proof fits it.</param>
internal sealed record ScramUser(ReadOnlyMemory<byte> Salt, int Iterations, SmtpUserSettings? User);

/// <summary>How the comparison of a proof ended.</summary>
/// <param name="ServerSignature">What shows the client that we know the password too; empty when the proof was not right.</param>
internal readonly record struct ScramVerdict(PasswordVerdict Verdict, ReadOnlyMemory<byte> ServerSignature);

public sealed partial class UserBook
{
    /// <summary>The keys of users whose password is plain, once derived: no more than there are such users.</summary>
    private readonly Dictionary<string, ScramKeys> _keys = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What proofs are compared with where there are no keys.</summary>
    private readonly ScramKeys _noKeys = ScramKeys.Of(RandomNumberGenerator.GetBytes(PasswordHash.HashLength));

    /// <summary>
    /// The numbers of hashed passwords, and how many users have each: for everybody else one of them is drawn, by the name. So a number is as frequent among
    /// names that nobody has as it is among users, and an unusual one tells no user from them.
    /// </summary>
    private readonly (int Iterations, int Users)[] _scramIterations;

    /// <summary>What the first message of an exchange about that name is answered with. Derives nothing and remembers nothing.</summary>
    internal ScramUser FindScramUser(string name)
    {
        SmtpUserSettings? user = WithPassword(Find(name));
        var drawn = new ScramUser(PseudoSalt(name).AsMemory(0, PasswordHash.UsualSalt), IterationsOf(name), user);
        return user?.Hash is { } hash ? new ScramUser(hash.Salt, hash.Iterations, user) : drawn;
    }

    /// <summary>Compares a proof, on other threads where it is not known to be right.</summary>
    /// <param name="client">Whose work it is, as <see cref="PasswordWork"/> counts clients.</param>
    internal async ValueTask<ScramVerdict> ProveAsync(IPAddress client, ScramUser claimed, byte[] proof, byte[] signed)
    {
        SmtpUserSettings? user = claimed.User;
        ScramKeys? known = user?.Hash is { } hash ? ScramKeys.Of(hash.Hash.Span) : user is null ? null : KnownKeys(user.Name);
        if ((known ?? _noKeys).Fits(proof, signed) & known is not null)
        {
            return new ScramVerdict(PasswordVerdict.Right, known!.ServerSignature(signed));
        }

        byte[] password = user is { Hash: null } ? Encoding.UTF8.GetBytes(user.Password.Reveal()) : RandomNumberGenerator.GetBytes(PasswordHash.HashLength);
        byte[] salt = claimed.Salt.ToArray();
        ScramKeys? derived = await _work.TryRunAsync(client, () => ScramKeys.Of(PasswordHash.Derive(password, salt, claimed.Iterations)));
        if (derived is null)
        {
            return new ScramVerdict(PasswordVerdict.Busy, default);
        }

        if (user is { Hash: null })
        {
            lock (_gate)
            {
                _keys[user.Name] = derived;
            }
        }

        return derived.Fits(proof, signed) & user is { Hash: null }
            ? new ScramVerdict(PasswordVerdict.Right, derived.ServerSignature(signed))
            : new ScramVerdict(PasswordVerdict.Wrong, default);
    }

    /// <summary>
    /// The same for the same name, whatever is asked in between and after a restart. Each number bids for the name, the more the more users have it, and the
    /// least bid wins (rendezvous hashing, weighted): users who come change the drawn number of few names, and only to their own number.
    /// </summary>
    private int IterationsOf(string name)
    {
        byte[] asked = Encoding.UTF8.GetBytes("iterations 0000 " + name.ToUpperInvariant());
        Span<byte> drawn = stackalloc byte[SHA256.HashSizeInBytes];
        int chosen = 0;
        double least = double.PositiveInfinity;
        foreach ((int iterations, int users) in _scramIterations)
        {
            BinaryPrimitives.WriteInt32BigEndian(asked.AsSpan(11), iterations);
            HMACSHA256.HashData(_work.DecoyKey, asked, drawn);

            // Uniform above 0 and up to 1; its logarithm over the weight is what makes each win as often as its weight says.
            double bid = -Math.Log((BinaryPrimitives.ReadUInt32BigEndian(drawn) + 1.0) / 4294967296.0) / users;
            (chosen, least) = bid < least ? (iterations, bid) : (chosen, least);
        }

        return chosen;
    }

    private byte[] PseudoSalt(string name) => HMACSHA256.HashData(_work.DecoyKey, Encoding.UTF8.GetBytes("salt " + name.ToUpperInvariant()));

    private ScramKeys? KnownKeys(string name)
    {
        lock (_gate)
        {
            return _keys.GetValueOrDefault(name);
        }
    }
}
