// The file with an access token. Whoever renews the token writes it anew (best under another name, and renames it); it is read for each connection, so the
// next one has the new token. Static.

namespace Godwit.Delivery;

/// <summary>Reads access tokens.</summary>
internal static class TokenFile
{
    /// <summary>Tokens of the large providers have some 2,000 characters; more than this does not fit into a line of AUTH.</summary>
    private const int MaxLength = 8 * 1024;

    /// <summary>The token, or a sentence that says why there is none. On the pool, because a disk may take its time.</summary>
    public static Task<(string Token, string Problem)> ReadAsync(string path) => Task.Run(() => Read(path));

    private static (string Token, string Problem) Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] octets = new byte[MaxLength + 1];
            int length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            string token = System.Text.Encoding.ASCII.GetString(octets, 0, length).Trim();
            return length > MaxLength ? ("", $"auth-token-file {path} is longer than {MaxLength} octets: it should hold a token and nothing else")
                : token.Length == 0 ? ("", $"auth-token-file {path} is empty")
                : token.AsSpan().ContainsAnyExceptInRange('!', '~') ? ("", $"auth-token-file {path} holds more than one token")
                : (token, "");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string why = failure is FileNotFoundException or DirectoryNotFoundException ? "no such file" : failure.Message;
            return ("", $"auth-token-file {path} cannot be read: {why}");
        }
    }
}
