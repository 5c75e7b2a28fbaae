using System.Globalization;
using System.Text;

namespace Godwit.Control;

/// <summary>Files by name, with their sizes and times.</summary>
/// <param name="paths">By their paths instead.</param>
public sealed class FileListReport(IReadOnlyList<FileInfo> files, bool paths = false) : OperatorReport
{
    public IReadOnlyList<FileInfo> Files => files;

    public override ReportGroup ToTree() => new()
    {
        { "file", new ReportList([.. files.Select(file => new ReportGroup { { "name", Name(file) }, { "size", file.Length }, { "time", Time(file) } })]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (FileInfo file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Time(file)} {file.Length,14} {Name(file)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{files.Count} file(s).\n");
    }

    private string Name(FileInfo file) => paths ? file.FullName : file.Name;

    private static string Time(FileInfo file) => file.LastWriteTimeUtc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
