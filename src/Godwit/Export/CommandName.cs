// How a command is called in reports and in the log: its arguments and its environment may hold what nobody else is to see.

namespace Godwit.Export;

/// <summary>Finds the program in a command line of the shell.</summary>
internal static class CommandName
{
    /// <summary>What ends a word outside quotes.</summary>
    private const string Ends = " \t;|&<>()";

    /// <summary>What stands for a program that cannot be told from what it is given.</summary>
    private const string Unknown = "command";

    /// <summary>The first word that is no assignment, with the bar that stands before commands; arguments are left out.</summary>
    public static string Of(string command)
    {
        ReadOnlySpan<char> rest = command;
        while (true)
        {
            rest = rest.TrimStart(" \t");
            int length = WordLength(rest);
            ReadOnlySpan<char> word = rest[..length];
            if (word.IsEmpty || word.ContainsAny('$', '`'))
            {
                return "|" + Unknown; // What it is the shell makes out, of words that may be secret.
            }

            if (!IsAssignment(word) && word is not "exec")
            {
                return "|" + word.ToString();
            }

            rest = rest[length..];
        }
    }

    private static bool IsAssignment(ReadOnlySpan<char> word)
    {
        int equals = word.IndexOf('=');
        return equals > 0 && !word[..equals].ContainsAny('/', '"', '\'');
    }

    private static int WordLength(ReadOnlySpan<char> text)
    {
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quote != '\'')
            {
                i++;
            }
            else if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'')
            {
                quote = text[i];
            }
            else if (Ends.Contains(text[i], StringComparison.Ordinal))
            {
                return i;
            }
        }

        return text.Length;
    }
}
