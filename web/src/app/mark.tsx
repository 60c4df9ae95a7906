export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" fill="none" aria-hidden>
      <circle cx="11" cy="11" r="8" stroke="var(--dim)" strokeOpacity="0.6" />
      <circle cx="11" cy="11" r="3" fill="var(--brass)" />
      <circle cx="16.8" cy="5.6" r="2.2" fill="var(--family-haiku)" stroke="var(--panel)" strokeWidth="1" />
    </svg>
  );
}
