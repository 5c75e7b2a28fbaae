using System.Globalization;

namespace Godwit.Rehearsal;

/// <summary>The words of the command. Immutable.</summary>
internal sealed record RehearsalOptions(string ConfigFile)
{
    /// <summary>0 when a campaign file says who gets mail.</summary>
    public int Recipients { get; init; }

    public string CampaignFile { get; init; } = "";

    public string ModelFile { get; init; } = "";

    public string PageFile { get; init; } = "";

    public string VirtualMta { get; init; } = "";

    public int Seed { get; init; } = 1;

    public int MessageSize { get; init; } = 50_000;

    public bool IsJson { get; init; }

    /// <summary>Reads the words; null with a sentence when they are wrong.</summary>
    public static RehearsalOptions? Parse(IReadOnlyList<string> words, out string fault)
    {
        fault = "";
        var options = new RehearsalOptions("");
        for (int i = 0; i < words.Count && fault.Length == 0; i++)
        {
            string word = words[i];
            if (word == "--json")
            {
                options = options with { IsJson = true };
            }
            else if (word.StartsWith("--", StringComparison.Ordinal))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                string value = equals > 0 ? word[(equals + 1)..] : i + 1 < words.Count ? words[++i] : "";
                options = options.With(equals > 0 ? word[..equals] : word, value, ref fault);
            }
            else if (options.ConfigFile.Length > 0)
            {
                fault = $"\"{word}\" is too much: {options.ConfigFile} is the configuration already";
            }
            else
            {
                options = options with { ConfigFile = word };
            }
        }

        fault = fault.Length > 0 ? fault
            : options.ConfigFile.Length == 0 ? "a configuration is missing"
            : options.Recipients > 0 == options.CampaignFile.Length > 0 ? "either --recipients or --campaign says who gets mail; give one of them"
            : "";
        return fault.Length == 0 ? options : null;
    }

    private RehearsalOptions With(string option, string value, ref string fault)
    {
        if (value.Length == 0)
        {
            fault = $"{option} needs a value";
            return this;
        }

        switch (option)
        {
            case "--recipients":
                return this with { Recipients = Number(option, value, Rehearsal.CampaignFile.MaxRecipients, ref fault) };
            case "--seed":
                return this with { Seed = Number(option, value, int.MaxValue, ref fault) };
            case "--size":
                return this with { MessageSize = Number(option, value, int.MaxValue, ref fault) };
            case "--campaign":
                return this with { CampaignFile = value };
            case "--model":
                return this with { ModelFile = value };
            case "--html":
                return this with { PageFile = value };
            case "--vmta":
                return this with { VirtualMta = value };
            default:
                fault = $"there is no option {option}";
                return this;
        }
    }

    private static int Number(string option, string value, int most, ref string fault)
    {
        string plain = value.Replace(",", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        bool fine = int.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most;
        fault = fine ? fault : $"{option} {value}: write a whole number from 1 to {most.ToString("N0", CultureInfo.InvariantCulture)}";
        return number;
    }
}
