// "godwit hash-password": a password becomes a value for <smtp-user> that does not show it. No server has to run. Nothing but the value goes to standard
// output, and the password goes nowhere.

using System.Text;

namespace Godwit.Cli;

internal static class HashPasswordCommand
{
    /// <summary>RFC 4616 section 2: more does not fit into PLAIN.</summary>
    private const int MaxOctets = 255;

    public static async Task<int> RunAsync(List<string> words, string format, Screen screen)
    {
        int iterations = PasswordHash.UsualIterations;
        for (int i = 0; i < words.Count; i++)
        {
            string name = words[i].Split('=', 2)[0];
            if (name != "--iterations")
            {
                // What stands there may be the password, so it is not repeated.
                await screen.Error.WriteLineAsync("godwit: hash-password takes no other word than --iterations=N; it reads the password from the terminal, "
                    + "or from standard input");
                return ExitCode.Usage;
            }

            if (!int.TryParse(GlobalOptions.Value(words, ref i), out iterations)
                || iterations is < PasswordHash.MinIterations or > PasswordHash.MaxIterations)
            {
                await screen.Error.WriteLineAsync(
                    $"godwit: --iterations needs a number from {PasswordHash.MinIterations} to {PasswordHash.MaxIterations}");
                return ExitCode.Usage;
            }
        }

        string? password = screen.AskSecret("Password: ");
        string fault = string.IsNullOrEmpty(password) ? "no password was given"
            : Encoding.UTF8.GetByteCount(password) > MaxOctets ? $"a password has at most {MaxOctets} octets"
            : password.Any(char.IsControl) ? "a password has no control characters"
            : screen.AsksPerson && screen.AskSecret("Once more: ") != password ? "the two are not the same"
            : "";
        if (fault.Length > 0)
        {
            await screen.Error.WriteLineAsync("godwit: " + fault);
            return ExitCode.Refused;
        }

        if (!PasswordLetters.AreUnambiguous(password!))
        {
            await screen.Error.WriteLineAsync($"godwit: a remark on the password: {PasswordLetters.Ambiguity}");
        }

        string value = PasswordHash.Of(Encoding.UTF8.GetBytes(password!), iterations).Reveal();
        await screen.Out.WriteLineAsync(format == "text" ? value : Envelope.Value("password", value, format));
        return ExitCode.Done;
    }
}
