// <acct-file>.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>Smaller accounting files are a slip of the unit; what is sent to a webhook has bounds of its own.</summary>
    private const long MinFileSize = 1024 * 1024;

    private const long MaxWebhookSize = 10 * 1024 * 1024;

    private List<AccountingFileSettings> AccountingFiles()
    {
        var files = new List<AccountingFileSettings>();
        var defaults = new AccountingFileSettings { Path = "" };
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.AccountingFile))
        {
            if (block.Argument is ['|', ..])
            {
                problems.Once("pipe", block.At, ConfigSeverity.Warning, "accounting to a command is not supported yet; this <acct-file> has no effect");
                continue;
            }

            var file = new AccountingFileSettings { Path = Path.GetFullPath(block.Argument, baseDirectory), RecordFields = RecordFields(block) };
            OverlayOf(block).ApplyTo(file, defaults);
            CheckFileSize(block, file);
            if (files.Exists(f => f.Path == file.Path))
            {
                problems.Error(block.ArgumentAt, $"{file.Path} is written by two <acct-file> blocks");
                continue;
            }

            files.Add(file);
        }

        return files;
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
