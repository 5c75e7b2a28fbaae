// One file in use, and what was made of its text. Follows the file: whoever begins a handshake looks, at most once every few seconds for all of them, and
// what has changed is in use from then on. A new file that is no good keeps what is in use, and is told once.
// Owned by the certificate or the authorities it is for. Thread safe. What a handshake has begun with stays alive until the runtime collects it.

using System.Security.Cryptography;
using System.Text;

namespace Godwit.Tls;

/// <summary>Follows one file.</summary>
/// <typeparam name="T">What is made of the text.</typeparam>
internal sealed class KeptFile<T>
    where T : class
{
    /// <summary>Soon enough after a renewal, and no load for the disk however many clients come.</summary>
    public static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private readonly Func<string> _read;
    private readonly Func<string, T> _make;
    private readonly TimeProvider _time;
    private volatile Held _held;
    private long _looked;
    private string _told = "";

    /// <param name="read">Gives the text; throws <see cref="TlsFileException"/>.</param>
    /// <param name="make">Makes something of it, or throws <see cref="TlsFileException"/>.</param>
    /// <exception cref="TlsFileException">The file cannot be used.</exception>
    public KeptFile(Func<string> read, Func<string, T> make, TimeProvider time)
    {
        (_read, _make, _time) = (read, make, time);
        _looked = time.GetTimestamp();
        string text = read();
        _held = new Held(make(text), Hash(text));
    }

    /// <summary>Hears of what is new and in use from now on.</summary>
    public Action<T> Renewed { get; init; } = static _ => { };

    /// <summary>Hears why a new file is not used, once for each reason, and what stays in use.</summary>
    public Action<string, T> Broken { get; init; } = static (_, _) => { };

    /// <summary>Always the same object until the file changes. May read the file.</summary>
    public T Current
    {
        get
        {
            long looked = Volatile.Read(ref _looked);
            if (_time.GetElapsedTime(looked) >= BetweenLooks && Interlocked.CompareExchange(ref _looked, _time.GetTimestamp(), looked) == looked)
            {
                Look();
            }

            return _held.Made;
        }
    }

    /// <summary>What is in use, without a look.</summary>
    public T InUse => _held.Made;

    /// <summary>Looks at the file now, because somebody said that it has changed.</summary>
    public void Look()
    {
        Interlocked.Exchange(ref _looked, _time.GetTimestamp());
        try
        {
            string text = _read();
            byte[] hash = Hash(text);
            if (!hash.AsSpan().SequenceEqual(_held.Text))
            {
                _held = new Held(_make(text), hash);
                Renewed(_held.Made);
            }

            _told = "";
        }
        catch (TlsFileException broken) when (broken.Message == _told)
        {
            // Said already; the file has not got better.
            return;
        }
        catch (TlsFileException broken)
        {
            _told = broken.Message;
            Broken(broken.Message, _held.Made);
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <param name="Text">The hash of the file's text.</param>
    private sealed record Held(T Made, byte[] Text);
}
