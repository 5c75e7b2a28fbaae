// How the files of one <acct-file> are called: acct.csv becomes acct-2007-09-05-0000.csv. Day and number sort the files by age. A finished file that is
// moved away may have the number of its records behind them: acct-2007-09-05-0000-1234.csv.

using System.Globalization;

namespace Godwit.Accounting;

/// <summary>Day (UTC) and number of one file; orders by age.</summary>
internal readonly record struct AccountingFileStamp(DateOnly Day, int Number) : IComparable<AccountingFileStamp>
{
    public int CompareTo(AccountingFileStamp other) => Day == other.Day ? Number.CompareTo(other.Number) : Day.CompareTo(other.Day);
}

/// <summary>Makes and reads the names of one file's generations.</summary>
internal sealed class AccountingFileNames
{
    private const string DayForm = "yyyy-MM-dd";

    private readonly string _stem;
    private readonly string _extension;

    /// <param name="path">As configured.</param>
    public AccountingFileNames(string path)
    {
        _stem = Path.GetFileNameWithoutExtension(path) + "-";
        _extension = Path.GetExtension(path);
    }

    public string Format(AccountingFileStamp stamp) =>
        string.Create(CultureInfo.InvariantCulture, $"{_stem}{stamp.Day:yyyy-MM-dd}-{stamp.Number:0000}{_extension}");

    /// <summary>The name with the number of records in the file.</summary>
    public string Format(AccountingFileStamp stamp, long records) =>
        string.Create(CultureInfo.InvariantCulture, $"{_stem}{stamp.Day:yyyy-MM-dd}-{stamp.Number:0000}-{records}{_extension}");

    /// <summary>Whether a name in the directory is one of ours; a neighbour's with a longer stem is not.</summary>
    public bool TryParse(string name, out AccountingFileStamp stamp)
    {
        stamp = default;
        if (name.Length < _stem.Length + DayForm.Length + 5 + _extension.Length
            || !name.StartsWith(_stem, StringComparison.Ordinal) || !name.EndsWith(_extension, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> middle = name.AsSpan(_stem.Length, name.Length - _stem.Length - _extension.Length);
        if (middle.Length < DayForm.Length + 5 || middle[DayForm.Length] != '-'
            || !DateOnly.TryParseExact(middle[..DayForm.Length], DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            || !TryNumber(middle[(DayForm.Length + 1)..], out int number))
        {
            return false;
        }

        stamp = new AccountingFileStamp(day, number);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
    {
        int count = text.IndexOf('-');
        bool counted = count < 0 || long.TryParse(text[(count + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return int.TryParse(count < 0 ? text : text[..count], NumberStyles.None, CultureInfo.InvariantCulture, out number) && counted;
    }
}
