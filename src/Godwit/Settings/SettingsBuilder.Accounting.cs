// <acct-file>.

using System.Security.Cryptography;
using System.Text;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>Smaller accounting files are a slip of the unit; what is sent to a webhook has bounds of its own.</summary>
    private const long MinFileSize = 1024 * 1024;

    private const long MaxWebhookSize = 10 * 1024 * 1024;

    private static readonly string[] _fileOnly = ["move-to", "move-interval", "delete-after", "count-moved-records"];

    /// <summary>Below the spool: where records wait that a program has not read yet.</summary>
    private const string PipeDirectory = "accounting";

    private List<AccountingFileSettings> AccountingFiles(string spoolDirectory)
    {
        var files = new List<AccountingFileSettings>();
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.AccountingFile))
        {
            string command = block.Argument is ['|', ..] ? block.Argument[1..].Trim() : "";
            bool webhook = Last(block, "http-webhook-url")?.Value is not null;
            var defaults = new AccountingFileSettings { Path = "" };
            if (webhook)
            {
                defaults = defaults with { MaxSize = AccountingFileSettings.UsualBatchSize };
            }

            var file = new AccountingFileSettings
            {
                Path = command.Length > 0 ? WaitingPlace(spoolDirectory, command) : Path.GetFullPath(block.Argument, baseDirectory),
                Command = command,
                RecordFields = RecordFields(block),
            };
            OverlayOf(block).ApplyTo(file, defaults);
            CheckFileSize(block, file);
            if (CheckExport(block, file, webhook))
            {
                continue;
            }

            if (files.Exists(f => f.Path == file.Path))
            {
                problems.Error(block.ArgumentAt, command.Length > 0
                    ? $"{ValueParsers.Show(command)} is started by two <acct-file> blocks; write what it shall get into one"
                    : $"{file.Path} is written by two <acct-file> blocks");
                continue;
            }

            files.Add(file);
        }

        return files;
    }

    /// <summary>One place for one command, whatever is in it: a changed block goes on where it was.</summary>
    private static string WaitingPlace(string spoolDirectory, string command)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(command)))[..12];
        return Path.Combine(spoolDirectory, PipeDirectory, $"pipe-{digest}.csv");
    }

    /// <summary>True when the block says what cannot be done.</summary>
    private bool CheckExport(CheckedBlock block, AccountingFileSettings file, bool webhook)
    {
        if (block.Argument is ['|', ..] && file.Command.Length == 0)
        {
            problems.Error(block.ArgumentAt, "the command is missing behind |");
            return true;
        }

        if (file.Command.Length > 0 && webhook)
        {
            problems.Error(block.ArgumentAt, "records go to a command or to a URL, not to both; write two <acct-file> blocks");
            return true;
        }

        foreach (string unused in _fileOnly)
        {
            if (file.IsExported && Last(block, unused) is { } line)
            {
                problems.Warn(line.At, $"{unused} has no effect here: these files hold only what has not been handed over yet, and go when it has");
            }
        }

        if (webhook && !file.IsJson && !file.Path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            problems.Warn(block.ArgumentAt, "batches are CSV; the path of a webhook ends in .csv or .json to say what is posted");
        }

        return false;
    }

    private void CheckFileSize(CheckedBlock block, AccountingFileSettings file)
    {
        bool webhook = Last(block, "http-webhook-url")?.Value is not null;
        if (Last(block, "max-size") is { Value: not null } line && (webhook ? file.MaxSize > MaxWebhookSize : file.MaxSize < MinFileSize))
        {
            string size = ValueParsers.Show(ValueParsers.Size.Print(file.MaxSize));
            problems.Error(line.ValueAt, $"max-size: {size} is {(webhook ? "more than the 10M that a webhook takes" : "less than 1M")}");
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> RecordFields(CheckedBlock block)
    {
        var fields = new Dictionary<string, IReadOnlyList<string>>();
        foreach (CheckedDirective line in All(block, "record-fields"))
        {
            if (line.Value is RecordFieldsValue value)
            {
                foreach (string type in value.Types)
                {
                    fields[type] = value.Fields;
                }
            }
        }

        return fields;
    }
}
