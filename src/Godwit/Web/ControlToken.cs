// The token that proves a caller may read a file of this machine's operator: a web page in a browser cannot, a command line can.
// Owned by ManagementPort: written with mode 0600 when the first console opens, removed when the server stops. A device error reaches whoever opens it.
// Thread safe: it may be made anew while it is compared.

using System.Security.Cryptography;
using System.Text;

namespace Godwit.Web;

/// <summary>A random token in a file that only its owner reads.</summary>
public sealed class ControlToken : IDisposable
{
    /// <summary>The header that carries the token.</summary>
    public const string Header = "X-Godwit-Token";

    /// <summary>256 bits: cannot be guessed.</summary>
    private const int Octets = 32;

    private readonly Lock _gate = new();
    private volatile byte[] _token;

    private ControlToken(string path, string token)
    {
        Path = path;
        _token = Encoding.ASCII.GetBytes(token);
    }

    /// <summary>Where the file is, in full.</summary>
    public string Path { get; }

    /// <summary>
    /// Makes a new token and writes it; an older file is replaced. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
    /// </summary>
    public static ControlToken Create(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        return new ControlToken(path, Write(path));
    }

    /// <summary>Another token in the place of this one. Throws like <see cref="Create"/>; the old one counts on then.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            _token = Encoding.ASCII.GetBytes(Write(Path));
        }
    }

    /// <summary>Whether this is the token; takes the same time for every wrong one.</summary>
    public bool Matches(string? offered) =>
        offered is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(offered), _token);

    public void Dispose() => File.Delete(Path);

    private static string Write(string path)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Octets));
        string fresh = path + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(fresh, options))
        {
            file.Write(Encoding.ASCII.GetBytes(token + "\n"));
        }

        // Renamed when complete: a reader sees the old token or the new one, never half of one.
        File.Move(fresh, path, overwrite: true);
        return token;
    }
}
