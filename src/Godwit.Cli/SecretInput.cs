// A secret from whoever started the program: typed without being shown, or the first line of standard input.

using System.Text;

namespace Godwit.Cli;

internal static class SecretInput
{
    /// <summary>Null at the end of the input, and when the person gives up with Ctrl-C or Escape.</summary>
    public static string? Ask(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return Console.In.ReadLine();
        }

        Console.Error.Write(prompt);
        Console.TreatControlCAsInput = true;
        try
        {
            return Type();
        }
        finally
        {
            Console.TreatControlCAsInput = false;
            Console.Error.WriteLine();
        }
    }

    private static string? Type()
    {
        var text = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    return text.ToString();
                case ConsoleKey.Escape:
                case ConsoleKey.C when key.Modifiers.HasFlag(ConsoleModifiers.Control):
                case ConsoleKey.D when key.Modifiers.HasFlag(ConsoleModifiers.Control) && text.Length == 0:
                    return null;
                case ConsoleKey.Backspace:
                    text.Length = Math.Max(0, text.Length - 1);
                    break;
                default:
                    if (!char.IsControl(key.KeyChar))
                    {
                        text.Append(key.KeyChar);
                    }

                    break;
            }
        }
    }
}
